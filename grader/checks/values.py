"""Turns a value of the student's side and the value expected into a pass, or into a sentence that teaches."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import torch

from grader.margins import note
from grader.printable import printable
from grader.result import Failure, Verdict

LONGEST = 300
"""Characters of an answer that are shown; a quarter of a million may cross."""
Array = torch.Tensor | np.ndarray
"""What holds many numbers at once."""


@dataclass(frozen=True)
class Tolerance:
    """The largest error allowed: `relative` times the largest entry expected, and never less than `absolute`."""

    relative: float
    absolute: float


# The largest entry sets the scale: float32 at 1e-5 entry by entry fails correct code wherever terms cancel.
_DOUBLE = Tolerance(1e-9, 1e-12)
_SINGLE = Tolerance(1e-5, 1e-6)
_HALF = Tolerance(1e-2, 1e-3)
_BY_DTYPE = {torch.float64: _DOUBLE, torch.complex128: _DOUBLE, torch.float32: _SINGLE, torch.complex64: _SINGLE}


def close(
    got: object,
    expected: Array | float,
    *,
    what: str = "The result",
    rtol: float | None = None,
    atol: float | None = None,
    hint: int | None = None,
) -> None:
    """Require the type, shape and dtype of `expected`, finite entries, and values within the tolerance of the dtype.

    Where an entry of `expected` is infinite, the same infinity is required. Integers and booleans must be equal.
    """
    if isinstance(expected, Array):
        _close_arrays(array_like(got, expected, what=what, hint=hint), expected, what, rtol, atol, hint)
        return
    found = _float(got, what, hint)
    _close_arrays(torch.tensor(found, dtype=torch.float64), torch.tensor(expected, dtype=torch.float64), what, rtol, atol, hint)


def equal(got: object, expected: object, *, what: str = "The result", hint: int | None = None) -> None:
    """Require the type of `expected` and every value exactly; lists, tuples and dicts are compared item by item."""
    if isinstance(expected, Array):
        found = array_like(got, expected, what=what, hint=hint)
        same = _entries(found) == _entries(expected)
        if not bool(same.all()):
            _fail_at(~same, found, expected, what, hint)
        return
    if type(got) is not type(expected):
        _fail(f"{what} should be {describe(expected)}.", f"It is {describe(got)}.", hint, got)
    if isinstance(expected, Mapping):
        _equal_mappings(got, expected, what, hint)
    elif isinstance(expected, list | tuple):
        for i, (item, wanted) in enumerate(zip(unpack(got, len(expected), what=what, hint=hint), expected, strict=True)):
            equal(item, wanted, what=f"Item {i} of {_inside(what)}", hint=hint)
    elif got != expected:
        _fail(f"{what} is wrong.", f"It is {printable(repr(got), LONGEST)}, expected {expected!r}.", hint, got)


def shape(
    got: object,
    expected: Sequence[int],
    dtype: torch.dtype = torch.float64,
    *,
    what: str = "The result",
    hint: int | None = None,
) -> torch.Tensor:
    """Return `got` once it is a tensor of this shape and dtype whose entries are finite: safe to compute with."""
    if type(got) is not torch.Tensor:
        _fail(f"{what} should be a torch.Tensor.", f"It is {describe(got)}.", hint, got)
    _same_shape(got.shape, expected, what, hint, got)
    if got.dtype != dtype:
        _fail(f"{what} has the wrong dtype.", f"Its dtype is {got.dtype}, expected {dtype}.", hint, got)
    _all_finite(got, torch.ones_like(got, dtype=torch.bool), what, hint)
    return got


def unpack(got: object, count: int, *, what: str = "The result", hint: int | None = None) -> tuple[object, ...]:
    """Return the `count` items of a tuple or list: what a test does instead of trusting `a, b = student.f(x)`."""
    if not isinstance(got, tuple | list) or type(got) not in (tuple, list):
        _fail(f"{what} should be {count} values.", f"It is {describe(got)}.", hint, got)
    if len(got) != count:
        _fail(f"{what} has the wrong number of values.", f"It has {len(got)}, expected {count}.", hint, got)
    return tuple(got)


def that(
    condition: bool | torch.Tensor | np.bool_,
    claim: str,
    *,
    shown: str = "",
    detail: str = "",
    hint: int | None = None,
    got: object = None,
) -> None:
    """Require `condition`. `claim` is the sentence that a student reads: no value in it; values belong to `shown`."""
    if not bool(condition):
        raise Failure(Verdict.WRONG, claim, shown=shown, detail=detail or shown, hint=hint, got=got)


def array_like(got: object, expected: Array, *, what: str = "The result", hint: int | None = None) -> Array:
    """Return `got` once it has exactly the type, shape and dtype of `expected`; its values are not looked at."""
    kind = "a torch.Tensor" if isinstance(expected, torch.Tensor) else "a numpy.ndarray"
    if not isinstance(got, Array) or type(got) is not (torch.Tensor if isinstance(expected, torch.Tensor) else np.ndarray):
        _fail(f"{what} should be {kind}.", f"It is {describe(got)}.", hint, got)
    _same_shape(got.shape, expected.shape, what, hint, got)
    if got.dtype != expected.dtype:
        _fail(f"{what} has the wrong dtype.", f"Its dtype is {got.dtype}, expected {expected.dtype}.", hint, got)
    return got


def describe(value: object) -> str:
    """Return a few words for any value, without asking the value itself."""
    if isinstance(value, Array) and type(value) in (torch.Tensor, np.ndarray):
        return f"a {type(value).__module__}.{type(value).__name__} of shape {tuple(value.shape)} and dtype {value.dtype}"
    if value is None:
        return "None"
    if type(value) in (bool, int, float, str, list, tuple, dict):
        return f"{'an' if type(value) is int else 'a'} {type(value).__name__}"
    return "an object of another class"


def _float(got: object, what: str, hint: int | None) -> float:
    """Return a number as float; numbers of NumPy cross as arrays without axes."""
    plain = got.item() if type(got) is np.ndarray and got.shape == () else got
    if type(plain) not in (int, float):
        _fail(f"{what} should be a number.", f"It is {describe(got)}.", hint, got)
    try:
        return float(plain)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf


def _close_arrays(got: Array, expected: Array, what: str, rtol: float | None, atol: float | None, hint: int | None) -> None:
    found, wanted = _entries(got), _entries(expected)
    if not (wanted.is_floating_point() or wanted.is_complex()):
        equal(got, expected, what=what, hint=hint)
        return
    finite = wanted.isfinite()
    _all_finite(got, finite, what, hint)
    is_whole = bool(finite.all())  # nearly always, and then no entry need be picked: a clocked test compares many large arrays
    tolerance = _BY_DTYPE.get(wanted.dtype, _HALF)
    found, wanted = _widened(found), _widened(wanted)
    relative = tolerance.relative if rtol is None else rtol
    absolute = tolerance.absolute if atol is None else atol
    errors = (found - wanted).abs()
    allowed = max(absolute, relative * _largest(wanted if is_whole else wanted[finite]))
    note("values", _largest(errors if is_whole else errors[finite]), allowed)
    wrong = errors > allowed if is_whole else torch.where(finite, errors > allowed, found != wanted)
    if bool(wrong.any()):
        _fail_at(wrong, got, expected, what, hint)


def _largest(entries: torch.Tensor) -> float:
    return float(entries.abs().max()) if entries.numel() else 0.0


def _equal_mappings(got: object, expected: Mapping[object, object], what: str, hint: int | None) -> None:
    same_keys = isinstance(got, dict) and set(got) == set(expected)
    that(same_keys, f"{what} has the wrong keys.", shown=f"Expected {sorted(map(str, expected))}.", hint=hint, got=got)
    for key, wanted in expected.items():
        equal(got[key], wanted, what=f"{key!r} of {_inside(what)}", hint=hint)  # type: ignore[index]


def _same_shape(found: Sequence[int], expected: Sequence[int], what: str, hint: int | None, got: object) -> None:
    if tuple(found) != tuple(expected):
        _fail(f"{what} has the wrong shape.", f"Its shape is {tuple(found)}, expected {tuple(expected)}.", hint, got)


def _all_finite(got: Array, where: torch.Tensor, what: str, hint: int | None) -> None:
    entries = _entries(got)
    finite = entries.isfinite()
    if bool(finite.all()):
        return
    strange = where & ~finite
    if bool(strange.any()):
        index = _first(strange)
        word = "NaN" if bool(entries[index].isnan()) else "infinite"
        _fail(f"{what} is not finite.", f"{_place(index)} {word}{_count(strange)}.", hint, got)


def _fail_at(wrong: torch.Tensor, got: Array, expected: Array, what: str, hint: int | None) -> NoReturn:
    index = _first(wrong)
    found, wanted = _number(_entries(got)[index].item()), _number(_entries(expected)[index].item())
    _fail(f"{what} is wrong.", f"{_place(index)} {found}, expected {wanted}{_count(wrong, ' wrong')}.", hint, got)


def _fail(claim: str, shown: str, hint: int | None, got: object) -> NoReturn:
    raise Failure(Verdict.WRONG, claim, shown=shown, detail=shown, hint=hint, got=got)


def _entries(value: Array) -> torch.Tensor:
    return value.detach() if isinstance(value, torch.Tensor) else torch.from_numpy(np.ascontiguousarray(value)).reshape(value.shape)


def _widened(value: torch.Tensor) -> torch.Tensor:
    return value.to(torch.complex128 if value.is_complex() else torch.float64)


def _first(wrong: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in wrong.nonzero()[0])


def _count(found: torch.Tensor, word: str = "") -> str:
    return f" ({int(found.sum())} of {found.numel()} entries{word})" if found.dim() else ""


def _place(index: tuple[int, ...]) -> str:
    return f"Entry {list(index)} is" if index else "It is"


def _number(value: float | complex) -> str:
    return f"{value:.10g}" if isinstance(value, float | complex) else str(value)


def _inside(what: str) -> str:
    return what[:1].lower() + what[1:]
