"""Turns CPU times read from outside the student's process into a pass, or a sentence on how much too slow it is."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from grader.checks.values import close
from grader.errors import CourseError
from grader.result import Failure, Verdict
from grader.sandbox.student import Leash, Member

REPEATS = 10
# Less work than this is called several times a turn: the spread of one ratio would exceed the distance of a sensible limit.
LEAST_WORK_S = 0.010
MOST_CALLS = 50
HOPELESS, PAIRS_TO_GIVE_UP = 2.0, 3


@dataclass(frozen=True)
class Timing:
    """CPU seconds of interleaved pairs of calls on equal inputs."""

    student_s: tuple[float, ...]
    reference_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median over the pairs of the student's time over the reference's."""
        return statistics.median(s / r for s, r in zip(self.student_s, self.reference_s, strict=True))


def speed(
    student: Member,
    reference: Callable[..., torch.Tensor],
    inputs: Callable[[], Sequence[object]],
    *,
    repeats: int = REPEATS,
    hint: int | None = None,
) -> Timing:
    """Hold the CPU time of `student` to the limit of its task, a multiple of the reference's on the same inputs.

    `inputs` makes fresh arguments for every pair. The student stands still while the reference runs, a first pair warms up
    uncounted, outputs are compared after the clock has stopped, and a ratio above the limit is confirmed by a second measurement.
    What is hopeless, far above the limit in each of the first pairs, is not measured further.
    """
    limit = _limit(student.leash)
    timing = _measure(student, reference, inputs, repeats, limit)
    if limit < timing.ratio <= HOPELESS * limit:
        timing = _measure(student, reference, inputs, repeats, limit)
    if timing.ratio > limit:
        raise Failure(
            Verdict.TIMEOUT,
            f"Your code is right but slow: it needs {timing.ratio:.1f} times the CPU time of the reference; the limit is {limit:g}.",
            shown=f"median of {len(timing.student_s)} pairs: yours {statistics.median(timing.student_s) * 1e3:.1f} ms",
            detail=f"ratio {timing.ratio:.2f}, limit {limit:g}, reference {statistics.median(timing.reference_s) * 1e3:.1f} ms",
            hint=hint,
        )
    return timing


def _measure(
    student: Member, reference: Callable[..., torch.Tensor], inputs: Callable[[], Sequence[object]], repeats: int, limit: float
) -> Timing:
    _, warm_up_s, outputs = _turn(student, reference, [inputs()])  # pays for pages and caches
    calls = min(MOST_CALLS, math.ceil(LEAST_WORK_S / max(warm_up_s, 1e-4)))
    student_s, reference_s = [], []
    for _ in range(repeats):
        took_s, reference_took_s, returned = _turn(student, reference, [inputs() for _ in range(calls)])
        student_s.append(took_s)
        reference_s.append(reference_took_s)
        outputs += returned
        ratios = [s / r for s, r in zip(student_s, reference_s, strict=True)]
        if len(ratios) >= PAIRS_TO_GIVE_UP and min(ratios) > HOPELESS * limit:
            break
    for got, expected in outputs:
        close(got, expected)
    return Timing(tuple(student_s), tuple(reference_s))


def _turn(
    student: Member, reference: Callable[..., torch.Tensor], arguments: Sequence[Sequence[object]]
) -> tuple[float, float, list[tuple[object, torch.Tensor]]]:
    """Return the CPU seconds of the student's calls, those of the reference's, and the pairs of their outputs."""
    leash = student.leash
    before_s = leash.cpu_s()
    got = [student(*each) for each in arguments]
    student_took_s = leash.cpu_s() - before_s
    leash.freeze()
    try:
        before_s = time.process_time()
        expected = [reference(*each) for each in arguments]
        reference_took_s = time.process_time() - before_s
    finally:
        leash.thaw()
    return student_took_s, reference_took_s, list(zip(got, expected, strict=True))


def _limit(leash: Leash) -> float:
    if leash.task is None or leash.task.speed is None:
        raise CourseError("A speed check needs `speed = { limit, slower }` in its task.")
    return leash.task.speed.limit
