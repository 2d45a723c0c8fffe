"""Turns a function of the student and an input into a pass, or into the law that the function breaks.

Each check calls the function at least twice and compares its answers with each other: no expected value is needed.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from grader.checks.values import equal, shape, that, unpack
from grader.margins import note

Function = Callable[[torch.Tensor], object]


def equivariant(
    function: Function, x: torch.Tensor, *, axis: int, rng: np.random.Generator, what: str = "The output", hint: int | None = None
) -> None:
    """Require that shuffling `x` along `axis` shuffles the output alike, and changes nothing else."""
    order = shuffled(x.shape[axis], rng)
    before = as_it_is(function(x), what, hint)
    _has_places(before, axis, x.shape[axis], what, hint)
    after = shape(function(x.index_select(axis, order)), before.shape, before.dtype, what=what, hint=hint)
    _same(after, before.index_select(axis, order), f"{what} is not shuffled as the input is.", hint)


def invariant(
    function: Function, x: torch.Tensor, *, axis: int, rng: np.random.Generator, what: str = "The output", hint: int | None = None
) -> None:
    """Require that shuffling `x` along `axis` leaves the output as it is."""
    before = as_it_is(function(x), what, hint)
    after = shape(function(x.index_select(axis, shuffled(x.shape[axis], rng))), before.shape, before.dtype, what=what, hint=hint)
    _same(after, before, f"{what} depends on the order of its input.", hint)


def causal(
    function: Function, x: torch.Tensor, *, axis: int, rng: np.random.Generator, what: str = "The output", hint: int | None = None
) -> None:
    """Require that a change at place t of `axis` leaves the output before t as it is, and is seen at t."""
    place = int(rng.integers(1, x.shape[axis]))
    unseen(function, x, axis=axis, at=[place], by=range(place), rng=rng, what=what, hint=hint)
    seen(function, x, axis=axis, at=place, by=place, rng=rng, what=what, hint=hint)


def independent(
    function: Function, x: torch.Tensor, *, axis: int = 0, rng: np.random.Generator, what: str = "The output", hint: int | None = None
) -> None:
    """Require that one item of `axis`, the batch for instance, is treated alike whatever the others are."""
    place = int(rng.integers(x.shape[axis]))
    others = [i for i in range(x.shape[axis]) if i != place]
    unseen(function, x, axis=axis, at=others, by=[place], rng=rng, what=what, hint=hint)


def unseen(
    function: Function,
    x: torch.Tensor,
    *,
    axis: int,
    at: Sequence[int],
    by: Sequence[int],
    rng: np.random.Generator,
    out_axis: int | None = None,
    what: str = "The output",
    hint: int | None = None,
) -> None:
    """Require that changing `x` at the places `at` of `axis` leaves the output at the places `by` of `out_axis` as it is."""
    out_axis = axis if out_axis is None else out_axis
    before = as_it_is(function(x), what, hint)
    _has_places(before, out_axis, 1 + max(by), what, hint)
    after = shape(function(changed(x, axis, at, rng)), before.shape, before.dtype, what=what, hint=hint)
    kept = torch.as_tensor(list(by), dtype=torch.long)
    claim = f"{what} changes where it must not: something is seen that should be out of sight."
    shown = f"The input was changed at {_places(at)} of axis {axis}; the output at {_places(by)} must stay as it is."
    _same(after.index_select(out_axis, kept), before.index_select(out_axis, kept), claim, hint, shown)


def seen(
    function: Function,
    x: torch.Tensor,
    *,
    axis: int,
    at: int,
    by: int,
    rng: np.random.Generator,
    out_axis: int | None = None,
    what: str = "The output",
    hint: int | None = None,
) -> None:
    """Require that changing `x` at the place `at` of `axis` changes the output at the place `by` of `out_axis`."""
    out_axis = axis if out_axis is None else out_axis
    before = as_it_is(function(x), what, hint)
    _has_places(before, out_axis, 1 + by, what, hint)
    after = shape(function(changed(x, axis, [at], rng)), before.shape, before.dtype, what=what, hint=hint)
    moved = (after - before).abs().select(out_axis, by)
    shown = f"The input was changed at {at} of axis {axis}; the output at {by} stayed as it was."
    that(bool((moved > _slack(before)).any()), f"{what} does not change where it should.", shown=shown, hint=hint, got=after)


def arguments_kept(
    probe: Callable[..., object], student: object, *arguments: object, names: Sequence[str], hint: int | None = None
) -> None:
    """Require that a call leaves its arguments as they were. The probe calls the function and returns the list of its arguments."""
    found = unpack(probe(student, *arguments), len(arguments), what="The list of arguments", hint=hint)
    for name, after, before in zip(names, found, arguments, strict=True):
        equal(after, before, what=f"The argument {name}, after the call,", hint=hint)


def changed(x: torch.Tensor, axis: int, at: Sequence[int], rng: np.random.Generator) -> torch.Tensor:
    """Return a copy of `x` with other numbers, of the size of its own, at the places `at` of `axis`."""
    other = x.clone()
    places = torch.as_tensor(list(at), dtype=torch.long)
    old = other.index_select(axis, places)
    return other.index_copy(axis, places, old + torch.from_numpy(rng.normal(0.0, 1.0 + float(x.abs().max()), tuple(old.shape))).to(x.dtype))


def shuffled(count: int, rng: np.random.Generator) -> torch.Tensor:
    """Return an order of `count` things that moves every one of them, where there are two or more."""
    order = torch.from_numpy(rng.permutation(count))
    back = torch.empty_like(order)
    back[order] = order.roll(1)
    return back


def as_it_is(value: object, what: str, hint: int | None) -> torch.Tensor:
    """Return `value` once it is a finite tensor of floating-point numbers, of whatever shape."""
    is_float = type(value) is torch.Tensor and value.is_floating_point()
    sizes, dtype = (value.shape, value.dtype) if is_float else ((), torch.float64)  # type: ignore[attr-defined]
    return shape(value, sizes, dtype, what=what, hint=hint)


def _has_places(value: torch.Tensor, axis: int, count: int, what: str, hint: int | None) -> None:
    enough = -value.dim() <= axis < value.dim() and value.shape[axis] >= count
    shown = f"Its shape is {tuple(value.shape)}; {count} places are needed along axis {axis}."
    that(enough, f"{what} has the wrong shape.", shown=shown, hint=hint, got=value)


def _same(after: torch.Tensor, before: torch.Tensor, claim: str, hint: int | None, shown: str = "") -> None:
    error = (after - before).abs()
    note("laws", float(error.max()) if error.numel() else 0.0, _slack(before))
    if error.numel() and float(error.max()) > _slack(before):
        index = tuple(int(i) for i in (error == error.max()).nonzero()[0])
        where = f"{shown} " if shown else ""
        numbers = f"{where}Entry {list(index)} of the compared part was {before[index]:.6g} and is {after[index]:.6g}."
        that(False, claim, shown=numbers, hint=hint, got=after)


def _slack(value: torch.Tensor) -> float:
    scale = float(value.abs().max()) if value.numel() else 0.0
    return max(1e-12, 1e-9 * scale) if value.dtype == torch.float64 else max(1e-6, 1e-5 * scale)


def _places(places: Sequence[int]) -> str:
    listed = list(places)
    return f"place {listed[0]}" if len(listed) == 1 else f"places {listed}"
