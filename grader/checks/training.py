"""Turns a view of an environment into a training that a student's code steps through, under a budget that the judge counts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks.views import View
from grader.errors import CourseError
from grader.result import Failure, Verdict
from grader.sandbox.service import Refusal
from grader.sandbox.student import Handle, Leash, Student, leash_of, served_handle

AUTORESETS = ("next_step", "same_step")
_SEED_ENDS = 2**63


class Training(Handle):
    """The worker's end of a training environment: give it to the student's function as an argument."""

    def __init__(self, leash: Leash, ref: Any, stage: "Stage") -> None:
        super().__init__(leash, ref)
        self.stage = stage


def training(
    student: Student,
    view: View,
    *,
    steps: int,
    seeds: np.random.Generator,
    copies: int | None = None,
    autoreset: str = "next_step",
) -> Training:
    """Serve an environment to the submission until the test ends or an agent is evaluated: `student.train(training(student, …))`.

    There it is a `gymnasium.Env`, or with `copies` a `gymnasium.vector.VectorEnv` whose autoreset is Gymnasium's `next_step` or
    `same_step`. `steps` is the budget, counted here over all copies; the steps of `next_step` that only begin an episode are free.
    Episodes may begin anew as often as there are steps. A seed that a student asks for chooses among the judge's own.
    """
    if autoreset not in AUTORESETS:
        raise CourseError(f"autoreset: found {autoreset!r}, expected {' or '.join(AUTORESETS)}.")
    leash = leash_of(student)
    stage = Stage(view, steps=steps, seeds=seeds, copies=copies, autoreset=autoreset)
    told = {
        "number": leash.service.add(stage),
        "copies": copies or 0,
        "steps": steps,
        "autoreset": autoreset,
        "observation": view.observations.told(),
        "action": view.actions.told(),
        "seed": int(seeds.integers(2**31)),
    }
    return Training(leash, served_handle(leash, told, "a training environment"), stage)


class Stage:
    """The judge's end: the environments themselves, their seeds, and how many steps were made."""

    def __init__(self, view: View, *, steps: int, seeds: np.random.Generator, copies: int | None, autoreset: str) -> None:
        self.view, self.steps, self.spent, self.begun = view, steps, 0, 0
        self._secret = int(seeds.integers(_SEED_ENDS))
        self._is_vector, self._waits = copies is not None, autoreset == "next_step"
        self._envs = [view.make() for _ in range(copies or 1)]
        self._seeds = [int(seed) for seed in seeds.integers(_SEED_ENDS, size=len(self._envs))]
        self._ended: NDArray[np.bool_] | None = None  # which copies' episodes are over; None before the first reset
        self._closed = False

    def answer(self, do: str, what: object) -> object:
        """Reset or step. `Refusal` when the training is over, the budget spent, or the action none."""
        if self._closed:
            raise Refusal("The training is over: its environment answers no more.")
        if do == "reset":
            return self._reset(what)
        if do == "step":
            return self._step_all(what) if self._is_vector else self._step(what)
        raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail=f"asks an environment to {do[:40]!r}")

    def close(self) -> None:
        """End the training."""
        if not self._closed:
            self._closed = True
            for env in self._envs:
                env.close()

    def _reset(self, seed: object) -> object:
        wanted = list(seed) if isinstance(seed, list) else [seed] * len(self._envs)
        if len(wanted) != len(self._envs) or not all(s is None or (type(s) is int and 0 <= s < _SEED_ENDS) for s in wanted):
            raise Refusal("A seed should be None or a whole number from 0 on; a list of them, one for each copy.", kind="action")
        if self.begun >= self.steps + len(self._envs):
            raise Refusal(f"Episodes were begun more often than the {self.steps} steps of the training budget.")
        self.begun += len(self._envs)
        shown = [self._begin(place, wish) for place, wish in enumerate(wanted)]
        self._ended = np.zeros(len(self._envs), bool)
        return self.view.observations.stack(shown) if self._is_vector else shown[0]

    def _begin(self, place: int, wish: object = None) -> Any:
        """Begin an episode: the student's seed chooses which of the judge's, since a known state would give the mask away."""
        seed = self._seeds[place]
        if wish is not None:
            seed = int(np.random.SeedSequence([self._secret, int(str(wish)) + place]).generate_state(1, np.uint64)[0] >> 1)
        self._seeds[place] = int(np.random.SeedSequence([self._secret, seed]).generate_state(1, np.uint64)[0] >> 1)
        return self.view.observations.see(self._envs[place].reset(seed=seed)[0])

    def _step(self, action: object) -> list[object]:
        if self._ended is None or self._ended[0]:
            raise Refusal("The episode is over, or none has begun: reset the environment before the next step.")
        meant = self.view.actions.mean(action)
        self._spend(1)
        observation, reward, terminated, truncated, _ = self._envs[0].step(meant)
        self._ended[0] = terminated or truncated
        return [self.view.observations.see(observation), float(reward), bool(terminated), bool(truncated), self.steps - self.spent]

    def _step_all(self, actions: object) -> list[object]:
        if self._ended is None:
            raise Refusal("No episode has begun: reset the environment before the first step.")
        meant = self.view.actions.mean_all(actions, len(self._envs))
        fresh = self._ended if self._waits else np.zeros_like(self._ended)
        self._spend(int((~fresh).sum()))
        rewards, terminated, truncated = np.zeros(len(meant)), np.zeros(len(meant), bool), np.zeros(len(meant), bool)
        shown: list[Any] = []
        for place, env in enumerate(self._envs):
            if fresh[place]:
                shown.append(self._begin(place))
                continue
            observation, reward, terminated[place], truncated[place], _ = env.step(meant[place])
            rewards[place] = float(reward)
            shown.append(self.view.observations.see(observation))
        self._ended = terminated | truncated
        final = None if self._waits or not self._ended.any() else self.view.observations.stack(shown)
        if final is not None:
            shown = [self._begin(place) if self._ended[place] else one for place, one in enumerate(shown)]
        stacked = self.view.observations.stack(shown)
        return [stacked, rewards, terminated, truncated, self.steps - self.spent, final]

    def _spend(self, steps: int) -> None:
        if self.spent + steps > self.steps:
            raise Refusal(f"The training budget of {self.steps} steps is spent: stop when env.steps_left is too small for the next step.")
        self.spent += steps
