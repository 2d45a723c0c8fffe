"""Turns questions to the judge into an environment that a student's training steps through: Gymnasium's interface, and nothing behind it.

States, seeds, rewards and the count of steps live in the judge. What a student does to these objects he does to himself alone.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from grader import wire

Exchange = Callable[[list[bytes | memoryview]], tuple[bytes | bytearray, bytearray]]
_REFUSALS: Mapping[str, type[Exception]] = {"action": ValueError}


class Asking:
    """The way to the judge while it waits for the answer to a call. Each frame bears the nonce of the latest one that came."""

    def __init__(self, exchange: Exchange | None) -> None:
        self._exchange = exchange
        self._nonce, self._open = 0, False
        self._lock = threading.Lock()

    def open(self, nonce: int) -> None:
        """Begin to answer the call of `nonce`."""
        self._nonce, self._open = nonce, True

    def close(self) -> int:
        """End asking; return the nonce that the answer to the call must bear."""
        with self._lock:
            self._open = False
            return self._nonce

    def ask(self, number: int, do: str, what: object = None) -> Any:
        """Return what the judge answers. `RuntimeError` or `ValueError` with its reason where it refuses."""
        with self._lock:  # one question at a time, also of several threads
            if self._exchange is None or not self._open:
                raise RuntimeError("This environment answers only while the function that was given it is running.")
            try:
                frame = wire.pack({"nonce": self._nonce, "ask": [number, do, what]})
            except wire.WireError as error:
                raise ValueError(f"The environment takes numbers and arrays: {error}.") from None
            reply = wire.unpack(*self._exchange(frame))
            self._nonce = reply["nonce"]
        if "refused" in reply:
            kind, reason = reply["refused"]
            raise _REFUSALS.get(kind, RuntimeError)(reason)
        return reply["value"]


class Environment(gymnasium.Env[Any, Any]):
    """One environment. `steps_left` tells how much of the budget remains."""

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - Gymnasium's own annotation

    def __init__(self, asking: Asking, told: Mapping[str, Any]) -> None:
        self._asking, self._number = asking, told["number"]
        self.steps_left: int = told["steps"]
        self.observation_space, self.action_space = _space(told["observation"]), _space(told["action"])
        self.action_space.seed(told["seed"])  # else `action_space.sample()` would differ from grading to grading

    @property
    def unwrapped(self) -> "Environment":
        """The environment itself: there is nothing behind it."""
        return self

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode. Equal seeds begin alike; which state that is, the judge decides."""
        super().reset(seed=seed)
        return self._asking.ask(self._number, "reset", seed), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Make one step of the budget. `RuntimeError` when it is spent, `ValueError` for what is no action."""
        observation, reward, terminated, truncated, self.steps_left = self._asking.ask(self._number, "step", action)
        return observation, reward, terminated, truncated, {}


class VectorEnvironment(gymnasium.vector.VectorEnv[Any, Any, Any]):
    """Several copies that step together, each step counted for every copy that makes one. `steps_left` as above.

    `metadata["autoreset_mode"]` says what follows the end of an episode, in Gymnasium's words: with NEXT_STEP the next `step` of
    that copy ignores its action, begins an episode and costs nothing; with SAME_STEP the observation is the next episode's first
    and the last one is in `info["final_obs"]`.
    """

    def __init__(self, asking: Asking, told: Mapping[str, Any]) -> None:
        self._asking, self._number = asking, told["number"]
        self.num_envs, self.steps_left = told["copies"], told["steps"]
        self.metadata = {"render_modes": [], "autoreset_mode": AutoresetMode[told["autoreset"].upper()]}
        self.single_observation_space, self.single_action_space = _space(told["observation"]), _space(told["action"])
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.action_space.seed(told["seed"])

    @property
    def unwrapped(self) -> "VectorEnvironment":
        """The environment itself: there is nothing behind it."""
        return self

    def reset(self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode of every copy."""
        return self._asking.ask(self._number, "reset", seed if seed is None or isinstance(seed, int) else list(seed)), {}

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Make one step of every copy. `RuntimeError` when the budget does not hold that many."""
        *step, self.steps_left, final = self._asking.ask(self._number, "step", actions)
        observations, rewards, terminated, truncated = step
        return observations, rewards, terminated, truncated, {} if final is None else _final(final, terminated | truncated)


def environment(asking: Asking, told: Mapping[str, Any]) -> Environment | VectorEnvironment:
    """Return the environment that the judge told of."""
    return VectorEnvironment(asking, told) if told["copies"] else Environment(asking, told)


def _space(told: Sequence[Any]) -> gymnasium.Space[Any]:
    kind, *rest = told
    if kind == "discrete":
        return gymnasium.spaces.Discrete(rest[0], start=rest[1])
    low, high = rest
    return gymnasium.spaces.Box(low, high, low.shape, low.dtype.type)


def _final(observations: Any, ended: Any) -> dict[str, Any]:
    """Return the last observations of episodes as Gymnasium's vector environments do: None where none ended."""
    final = np.full(len(ended), None, dtype=object)
    for place in np.flatnonzero(ended):
        final[place] = observations[place]
    return {"final_obs": final, "_final_obs": ended.copy()}
