"""Turns an agent of the submission and an environment of the judge into the returns of episodes.

The judge steps the environments; the agent only maps what it sees to actions. Several environments go together without any autoreset:
an episode that ends gives its place to the next one, or leaves the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.values import describe
from grader.checks.views import ActionError, View, plain
from grader.errors import CourseError
from grader.result import Failure, Verdict
from grader.sandbox.student import Handle, Member, Repeated

MOST_STEPS = 10_000  # of an episode in an environment without a time limit of its own
MOST_SNAPSHOTS = 20
TRIAL_EPISODES = 5
Agent = Member | Handle


@dataclass(frozen=True)
class Rollout:
    """The returns and lengths of episodes, in the order of their seeds."""

    returns: tuple[float, ...]
    lengths: tuple[int, ...]

    @property
    def mean(self) -> float:
        """The mean return."""
        return float(np.mean(self.returns))

    @property
    def median(self) -> float:
        """The median return."""
        return float(np.median(self.returns))


def rollout(
    agent: Agent,
    env_id: str | View,
    episodes: int,
    seeds: np.random.Generator | Sequence[int],
    *,
    together: int | None = None,
    most_steps: int = MOST_STEPS,
    hint: int | None = None,
) -> Rollout:
    """Play `episodes` from `seeds` with the submission's `agent`, in an environment that it cannot reach.

    Without `together` the agent is called with one observation and returns one action; with it, with a batch of at most so many
    observations, and returns a batch of as many actions. What is no action of the environment is `wrong`. What was served for training
    is closed first. `env_id` is a name of Gymnasium's, seen as it is, or a `View`: `checks.masked(…)` where it is for marks.
    """
    view = env_id if isinstance(env_id, View) else plain(env_id)
    drawn = [int(s) for s in (seeds.integers(2**63, size=episodes) if isinstance(seeds, np.random.Generator) else seeds)]
    if len(drawn) != episodes or episodes < 1:
        raise CourseError(f"A rollout of {episodes} episodes needs as many seeds, at least one; there are {len(drawn)}.")
    act = Repeated(agent)
    act.leash.service.close()
    play = _play_together if together else _play_singly
    try:
        return play(act, view, drawn, together or 1, most_steps)
    except ActionError as error:
        shown = f"It is {describe(error.value)}."
        raise Failure(Verdict.WRONG, str(error), shown=shown, detail=shown, hint=hint) from error


def best_return(
    agents: object,
    view: View,
    *,
    episodes: int,
    seeds: np.random.Generator,
    method: str = "",
    trial_episodes: int = TRIAL_EPISODES,
    together: int | None = None,
    hint: int | None = None,
) -> float:
    """Return the mean return, on fresh episodes, of the best of an agent's snapshots.

    `agents` is what the training returned: an agent, or a list of at most 20, its snapshots; each is tried on the same few episodes,
    the best alone is played again, since the best of many trials is too good to be true. `method` names what to call of an agent, if
    not the agent itself.
    """
    given = agents if isinstance(agents, list | tuple) else [agents]
    found = [agent for agent in given if isinstance(agent, Handle)]
    if not 1 <= len(given) <= MOST_SNAPSHOTS or len(found) < len(given):
        claim = f"Training should return an agent, or a list of 1 to {MOST_SNAPSHOTS} agents: its snapshots."
        raise Failure(Verdict.WRONG, claim, shown=f"It is {describe(agents)}.", detail=describe(agents), hint=hint)
    members: list[Agent] = [getattr(agent, method) if method else agent for agent in found]
    if len(members) > 1:
        trial = seeds.integers(2**63, size=trial_episodes).tolist()
        tried = [rollout(member, view, trial_episodes, trial, together=together, hint=hint).mean for member in members]
        members = [members[int(np.argmax(tried))]]
    return rollout(members[0], view, episodes, seeds, together=together, hint=hint).mean


def _play_singly(act: Repeated, view: View, seeds: Sequence[int], _: int, most_steps: int) -> Rollout:
    env = view.make()
    see, mean = view.observations.see, view.actions.mean
    returns, lengths = [], []
    for seed in seeds:
        observation, total, steps, over = env.reset(seed=seed)[0], 0.0, 0, False
        while not over and steps < most_steps:
            said = act(see(observation))
            observation, reward, terminated, truncated, _info = env.step(mean(said))
            total, steps, over = total + float(reward), steps + 1, terminated or truncated
        returns.append(total)
        lengths.append(steps)
    env.close()
    return Rollout(tuple(returns), tuple(lengths))


@dataclass
class _Seat:
    """One environment of a batch, and the episode that it plays."""

    env: Any
    episode: int
    observation: Any


def _play_together(act: Repeated, view: View, seeds: Sequence[int], together: int, most_steps: int) -> Rollout:
    returns, lengths = np.zeros(len(seeds)), np.zeros(len(seeds), int)
    waiting = list(enumerate(seeds))[::-1]
    seats = [_Seat(view.make(), -1, None) for _ in range(min(together, len(seeds)))]
    for seat in seats:
        _next_episode(seat, waiting, view)
    while seats:
        said = act(view.observations.stack([seat.observation for seat in seats]))
        meant = view.actions.mean_all(said, len(seats))
        playing = []
        for seat, action in zip(seats, meant, strict=True):
            observation, reward, terminated, truncated, _info = seat.env.step(action)
            returns[seat.episode] += float(reward)
            lengths[seat.episode] += 1
            over = terminated or truncated or lengths[seat.episode] >= most_steps
            seat.observation = view.observations.see(observation)
            if not over or _next_episode(seat, waiting, view):
                playing.append(seat)
        seats = playing
    return Rollout(tuple(returns.tolist()), tuple(lengths.tolist()))


def _next_episode(seat: _Seat, waiting: list[tuple[int, int]], view: View) -> bool:
    """Begin the next episode in this place; say whether there was one."""
    if not waiting:
        seat.env.close()
        return False
    seat.episode, seed = waiting.pop()
    seat.observation = view.observations.see(seat.env.reset(seed=seed)[0])
    return True
