"""Turns the products and sums that one call asks torch for into advice: counted where the student's code runs, so never into a mark."""

import math
from collections.abc import Sequence

from torch.utils.flop_counter import FlopCounterMode

from grader.checks.turns import is_advice
from grader.errors import CourseError
from grader.result import Failure, Verdict
from grader.sandbox.student import Member


def flops(student: Member, arguments: Sequence[object], *, at_most: float, hint: int | None = None) -> int | None:
    """Advise a student whose call needs more than `at_most` floating-point operations; return how many, or None in grading.

    A product and a sum are two: of matrices (n, k) and (k, m), 2 n k m. Counted is what `torch.utils.flop_counter` knows: products of
    matrices, convolutions and attention; element by element it counts nothing. Unlike a time the number is the same on every machine.

    For public tests, beside one of values, and on a student's own machine alone. The count is made in the interpreter that runs the
    student's code, which could forge it, so that in grading the call is not even made: there `speed` and `growth` look from outside.
    """
    if not 0 < at_most < math.inf:
        raise CourseError(f"A check of operations allows {at_most:g}, expected a number above 0.")
    if not is_advice(student.leash):
        return None
    with FlopCounterMode(display=False) as counter:
        student(*arguments)
    found = int(counter.get_total_flops())
    if found > at_most:
        raise Failure(
            Verdict.TIMEOUT,
            f"Your code does more work than it has to: {_told(found)} floating-point operations in this call, where "
            f"{_told(at_most)} are enough. This is advice, and the clock decides in grading.",
            hint=hint,
        )
    return found


def _told(count: float) -> str:
    """Return a count as people read it: 12,288, and 3.4e+09 where nobody reads digits."""
    return f"{count:,.0f}" if count < 10_000_000 else f"{count:.2g}"
