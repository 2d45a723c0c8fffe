"""Turns the most memory that one call took, read from outside, into a pass or a sentence with both numbers."""

import contextlib
import ctypes
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.checks.turns import Fresh, agree, is_advice, reference_turn
from grader.errors import CourseError
from grader.margins import note
from grader.result import Failure, Verdict
from grader.sandbox.peak import OwnPeak, Peak
from grader.sandbox.student import Leash, Member

LEAST_MIB = 8.0
"""Less than this is lost in what the allocator and the library keep; a limit below it says nothing."""
LEAST_TIMES = 1.5
_TRIM = """
def trim(student):
    import ctypes
    import gc

    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
"""


@dataclass(frozen=True)
class Memory:
    """What one call took at most, in MiB, above what was held before it; None where the system does not tell (advice only)."""

    used_mib: float | None
    at_most_mib: float | None


def peak_memory(
    student: Member,
    inputs: Callable[[], Sequence[object]],
    *,
    at_most_mib: float | None = None,
    reference: Callable[..., object] | None = None,
    at_most_times: float | None = None,
    hint: int | None = None,
) -> Memory:
    """Require that one call takes at most `at_most_mib` of memory, or `at_most_times` what `reference` takes, above its level before.

    The kernel's own peak of the worker is set back before the call and read after it: what is freed at once counts too. Arguments and
    result are part of it, as they are for the reference. A first call on other inputs warms up, and its memory is given back. What the
    worker set aside beforehand counts as used. During the call no file may grow (`disk`) and no other process may run (`processes`).
    With `reference` the answers are compared, and without it they are not.
    """
    _must_make_sense(at_most_mib, reference, at_most_times)
    fresh = Fresh(inputs)
    limit_mib = at_most_mib
    if reference is not None and at_most_times is not None:
        needed_mib = _reference_mib(reference, fresh)
        limit_mib = None if needed_mib is None else at_most_times * max(LEAST_MIB, needed_mib)
    _answer(student, fresh, reference, hint)
    _trim(student.leash)
    used_mib = _answer(student, fresh, reference, hint, student.leash.peak())
    if used_mib is not None and limit_mib is not None:
        note("memory", used_mib, limit_mib)
    if used_mib is not None and limit_mib is not None and used_mib > limit_mib:
        raise Failure(
            Verdict.MEMORY,
            f"Your code holds too much at once: a call takes {used_mib:.0f} MiB of memory at its peak, and may take {limit_mib:.0f} MiB. "
            "Look for an intermediate result that is larger than both the input and the output.",
            detail=f"peak {used_mib:.1f} MiB, limit {limit_mib:.1f} MiB",
            hint=hint,
        )
    return Memory(used_mib, limit_mib)


def _answer(
    student: Member, fresh: Fresh, reference: Callable[..., object] | None, hint: int | None, peak: Peak | None = None
) -> float | None:
    """Let the student answer a call, and compare; return what it took at most in MiB, where `peak` can tell."""
    (arguments,) = fresh.take(1)
    expected = reference_turn(reference, [arguments])[1] if reference is not None else None
    if peak is None:
        got, used_mib = student(*arguments), None
    else:
        try:
            peak.begin()
            got = student(*arguments)
            used_mib = peak.used_mib()
        finally:
            peak.end()
    if expected is not None:
        agree(got, expected[0], hint)
    return used_mib


def _reference_mib(reference: Callable[..., object], fresh: Fresh) -> float | None:
    """Return what a call of the reference takes at most in this process, in MiB; None where the system does not tell."""
    peak = OwnPeak()
    warm_up, arguments = fresh.take(2)
    reference_turn(reference, [warm_up])
    _give_back()
    peak.begin()
    reference_turn(reference, [arguments])
    return peak.used_mib()


def _trim(leash: Leash) -> None:
    """Let what earlier calls have freed go back to the system, so that the next one cannot be served from it."""
    if is_advice(leash):
        _give_back()
    else:
        leash.ask({"op": "probe", "source": _TRIM, "name": "trim", "args": [], "kwargs": {}})


def _give_back() -> None:
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


def _must_make_sense(at_most_mib: float | None, reference: Callable[..., object] | None, at_most_times: float | None) -> None:
    if (at_most_mib is None) == (at_most_times is None) or (at_most_times is not None and reference is None):
        raise CourseError("A check of memory needs at_most_mib, or a reference and at_most_times, and not both.")
    if at_most_mib is not None and at_most_mib < LEAST_MIB:
        raise CourseError(f"A check of memory allows {at_most_mib:g} MiB, expected at least {LEAST_MIB:g}: less is lost in the allocator.")
    if at_most_times is not None and at_most_times < LEAST_TIMES:
        raise CourseError(f"A check of memory allows {at_most_times:g} times the reference's, expected at least {LEAST_TIMES:g}.")
