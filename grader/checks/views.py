"""Turns an environment into what a student's side sees of it: dimensions, ids and actions in a secret order, with secret signs.

A mask is drawn from the key for every test, so that neither a controller written by hand nor weights from elsewhere fit it. It hides
what is known beforehand, nothing more: who searches the few ways in which a known controller could fit has learnt, if crudely.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from grader.errors import CourseError
from grader.sandbox.service import Refusal

if TYPE_CHECKING:
    import gymnasium

Make = Callable[[], "gymnasium.Env[Any, Any]"]
Observation = NDArray[Any] | int
Controller = Callable[[Any], object]
_TRIALS, _DRAWS = 10, 100
_SLACK = 1e-6  # of a bound: what rounding to float32 may add


class ActionError(Refusal):
    """What came is no action of the environment. The text says what one is, and has no value in it."""

    def __init__(self, reason: str, value: object) -> None:
        super().__init__(reason, kind="action")
        self.value = value


@dataclass(frozen=True, kw_only=True)
class Discrete:
    """Numbers from `start` on: what a student's side calls `start + i` is `meant[i]` here, and `shown` is the way back."""

    start: int
    meant: NDArray[np.int64]
    shown: NDArray[np.int64]

    def see(self, value: Any) -> int:
        """Return an observation as it is shown."""
        return int(self.shown[int(value) - self.start])

    def stack(self, values: Sequence[Observation]) -> NDArray[Any]:
        """Return observations of several environments."""
        return np.asarray(values, np.int64)

    def mean(self, value: object) -> np.int64:
        """Return the environment's action. `ActionError` for anything but one of the numbers."""
        number = _whole(value)
        if number is None:
            raise ActionError(f"An action should be one whole number {self._range()}, for one observation.", value)
        return self._found(number)

    def mean_all(self, values: object, count: int) -> list[np.int64]:
        """Return the actions of `count` environments."""
        plain = _array(values)
        if plain is None or plain.shape != (count,) or plain.dtype.kind not in "iu":
            raise ActionError(f"Actions should be an array of whole numbers {self._range()}, one for each observation.", values)
        return [self._found(number) for number in plain.tolist()]

    def told(self) -> list[object]:
        """Return the space as the student's side is told of it."""
        return ["discrete", len(self.meant), self.start]

    def _found(self, number: int) -> np.int64:
        if not 0 <= number - self.start < len(self.meant):
            raise ActionError(f"An action should be a whole number {self._range()}; yours is outside.", number)
        return np.int64(self.meant[number - self.start])

    def _range(self) -> str:
        return f"from {self.start} to {self.start + len(self.meant) - 1}"


@dataclass(frozen=True, kw_only=True)
class Box:
    """Arrays: place `i` of what a student's side sees is `signs[i]` times place `order[i]` here; `back` is the way back.

    `low` and `high` are bounds as the student's side is told of them: of actions the true ones, of observations infinite where the
    mask hides which place is which.
    """

    order: NDArray[np.intp] | None
    back: NDArray[np.intp] | None
    signs: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]

    def see(self, value: Any) -> NDArray[Any]:
        """Return a copy of an observation as it is shown."""
        return np.array(value) if self.order is None else value[self.order] * self.signs

    def stack(self, values: Sequence[Observation]) -> NDArray[Any]:
        """Return observations of several environments."""
        return np.stack(values)

    def mean(self, value: object) -> NDArray[Any]:
        """Return the environment's action. `ActionError` for another shape or dtype, and for what is not finite or out of bounds."""
        return self._meant(value, self.low.shape)

    def mean_all(self, values: object, count: int) -> list[NDArray[Any]]:
        """Return the actions of `count` environments."""
        return list(self._meant(values, (count, *self.low.shape)))

    def told(self) -> list[object]:
        """Return the space as the student's side is told of it."""
        return ["box", self.low, self.high]

    def _meant(self, value: object, shape: tuple[int, ...]) -> NDArray[Any]:
        plain = _array(value)
        if plain is None or plain.shape != shape or plain.dtype.kind != "f":
            each = "" if shape == self.low.shape else f", one row of shape {self.low.shape} for each observation"
            raise ActionError(f"An action should be an array of floating-point numbers of shape {self.low.shape}{each}.", value)
        if not np.isfinite(plain).all():
            raise ActionError("An action is not finite.", value)
        slack = _SLACK * np.maximum(np.abs(self.low), np.abs(self.high))
        if (plain < self.low - slack).any() or (plain > self.high + slack).any():
            raise ActionError("An action lies outside the bounds of the action space: squash it with tanh, or clip it.", value)
        kept = np.clip(plain, self.low, self.high).astype(self.low.dtype)
        masked: NDArray[Any] = kept if self.back is None else (kept * self.signs)[..., self.back]
        return masked


@dataclass(frozen=True, kw_only=True)
class View:
    """An environment as a student's side sees it: in training and in evaluation the same."""

    make: Make
    observations: Discrete | Box
    actions: Discrete | Box


def plain(env: str | Make) -> View:
    """Return an environment as it is: for figures and public tests, never for marks, since what is known of it fits."""
    return _view(env, None)


def masked(env: str | Make, rng: np.random.Generator, *, unfit: Controller | None = None, below: float = -math.inf) -> View:
    """Return an environment behind a mask drawn from `rng`: what graded environments are seen through.

    Observations are permuted and sign-flipped (places that cannot be negative, as one-hot ones, are permuted alone; ids permuted),
    discrete actions permuted, continuous ones permuted and sign-flipped with their bounds. `CourseError` for other spaces.
    With few places a known controller fits some masks by luck: give it as `unfit`, and masks under which its mean return is not `below`
    a number are drawn again.
    """
    for _ in range(_DRAWS):
        view = _view(env, rng)
        if unfit is None or _mean_return(view, unfit, rng) < below:
            return view
    raise CourseError(f"The controller reaches {below:g} under each of {_DRAWS} masks. Is `below` lower than what doing nothing returns?")


def _mean_return(view: View, controller: Controller, rng: np.random.Generator) -> float:
    """Play a controller of the judge's own behind a mask."""
    env, total = view.make(), 0.0
    for seed in rng.integers(2**63, size=_TRIALS).tolist():
        observation, over = env.reset(seed=seed)[0], False
        while not over:
            action = view.actions.mean(controller(view.observations.see(observation)))
            observation, reward, terminated, truncated, _ = env.step(action)
            total, over = total + float(reward), terminated or truncated
    env.close()
    return total / _TRIALS


def _view(env: str | Make, rng: np.random.Generator | None) -> View:
    make = _maker(env) if isinstance(env, str) else env
    sample = make()
    sample.close()
    observations = _seen(sample.observation_space, rng, acts=False)
    return View(make=make, observations=observations, actions=_seen(sample.action_space, rng, acts=True))


def _maker(env_id: str) -> Make:
    import gymnasium

    return lambda: gymnasium.make(env_id, disable_env_checker=True)


def _seen(space: Any, rng: np.random.Generator | None, *, acts: bool) -> Discrete | Box:
    import gymnasium

    if isinstance(space, gymnasium.spaces.Discrete):
        count = int(space.n)
        order = np.arange(count) if rng is None else rng.permutation(count)
        start = int(space.start)
        return Discrete(start=start, meant=order + start, shown=np.argsort(order) + start)
    if not isinstance(space, gymnasium.spaces.Box) or (rng is not None and not _can_be_masked(space)):
        raise CourseError(f"{space} cannot be seen through a mask. Use an environment of Discrete spaces and flat floating-point boxes.")
    if rng is None:
        return Box(order=None, back=None, signs=np.ones((), space.dtype), low=space.low, high=space.high)
    return _masked_box(space, rng, acts=acts)


def _can_be_masked(space: Any) -> bool:
    return len(space.shape) == 1 and space.dtype.kind == "f"


def _masked_box(space: Any, rng: np.random.Generator, *, acts: bool) -> Box:
    order = rng.permutation(space.shape[0])
    flips = rng.random(space.shape[0]) < 0.5
    signs = np.where(flips & (space.low[order] < 0), -1, 1).astype(space.dtype)
    ends = np.sort(np.stack([space.low[order] * signs, space.high[order] * signs]), axis=0)
    if not acts and len({*map(tuple, ends.T.tolist())}) > 1:  # bounds that differ would tell which place is which
        ends = np.stack([np.full_like(ends[0], -np.inf), np.full_like(ends[1], np.inf)])
    return Box(order=order, back=np.argsort(order), signs=signs, low=ends[0], high=ends[1])


def _whole(value: object) -> int | None:
    """Return a whole number of Python, NumPy or torch; None for anything else, booleans too."""
    if type(value) is int:
        return value
    array = _array(value)
    return int(array) if array is not None and array.shape == () and array.dtype.kind in "iu" else None


def _array(value: object) -> NDArray[Any] | None:
    """Return an array or tensor as an array; None for anything else."""
    if type(value) is np.ndarray:
        return value
    if type(value) is torch.Tensor and not value.requires_grad and value.dtype is not torch.bfloat16:
        return value.numpy()
    return None
