"""Turns CPU times read from outside the student's process into a pass, or a sentence on how much too slow it is."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.checks.turns import (
    LEAST_WORK_S,
    MOST_CALLS,
    TOO_LITTLE_S,
    Arguments,
    Fresh,
    agree,
    is_advice,
    reference_turn,
    standing,
    student_turn,
    transit_s,
)
from grader.errors import CourseError
from grader.margins import note
from grader.result import Failure, Verdict
from grader.sandbox.student import Leash, Member

if TYPE_CHECKING:
    from grader.checks.device_clocks import DeviceTiming

REPEATS, LEAST_REPEATS = 20, 10
MOST_TRANSIT = 0.25
HOPELESS, PAIRS_TO_GIVE_UP = 1.7, 3
SECOND_THOUGHTS = 10


@dataclass(frozen=True)
class Timing:
    """CPU seconds of interleaved pairs of turns on equal inputs."""

    student_s: tuple[float, ...]
    reference_s: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """The student's time over the reference's, pair by pair."""
        return [s / max(r, 1e-9) for s, r in zip(self.student_s, self.reference_s, strict=True)]

    @property
    def ratio(self) -> float:
        """The median over the pairs."""
        return statistics.median(self.ratios)


def speed(
    student: Member,
    reference: Callable[..., object],
    inputs: Callable[[], Sequence[object]],
    *,
    repeats: int = REPEATS,
    hint: int | None = None,
    floor_bytes: float = 0,
    floor_operations: float = 0,
) -> "Timing | DeviceTiming":
    """Hold the CPU time of `student` to the limit of its task, a multiple of the reference's on the same inputs.

    `inputs` makes fresh arguments for every call. The student stands still but for its own turns, and all that any process of its box
    does in them counts. A first pair warms up uncounted; which of a pair goes first alternates; a turn has calls enough for 12 ms of the
    reference's work. Outputs are compared after the clock has stopped. A measurement ends as soon as no further pair can bring the
    median to the other side of the limit, never before `LEAST_REPEATS`. A ratio above the limit is confirmed by a second one; only
    what is hopeless, far above the limit in each of the first pairs, is not measured further.

    All repeats count towards the CPU limit of the test. `CourseError` where a submission at the ratio's limit would need twice as much.
    A worker on a device is timed as `device_clocks` says; the floors are for it alone.
    """
    if (device := getattr(student.leash, "accelerator", None)) is not None:
        from grader.checks.device_clocks import device_speed  # of Linux alone: a student's machine may be another

        return device_speed(student, reference, inputs, device, hint=hint, floor_bytes=floor_bytes, floor_operations=floor_operations)
    limit = _limit(student.leash)
    if repeats < LEAST_REPEATS and not is_advice(student.leash):
        raise CourseError(f"A speed check has {repeats} repeats, expected at least {LEAST_REPEATS}.")
    race = _Race(student, reference, Fresh(inputs), repeats, limit, hint)
    with standing(student.leash):
        race.prepare()
        timing = race.measure()
        if timing.ratio > limit and not _is_hopeless(timing, limit):
            timing = race.measure()
    note("speed", timing.ratio, limit)
    if timing.ratio > limit:
        raise Failure(
            Verdict.TIMEOUT,
            f"Your code is right but slow: it needs {timing.ratio:.1f} times the CPU time of the reference; the limit is {limit:g}.",
            shown=f"median of {len(timing.student_s)} pairs: yours {statistics.median(timing.student_s) * 1e3:.1f} ms",
            detail=f"ratio {timing.ratio:.2f}, limit {limit:g}, reference {statistics.median(timing.reference_s) * 1e3:.1f} ms",
            hint=hint,
        )
    return timing


@dataclass
class _Race:
    """The student and the reference, turn by turn, on inputs that neither has met."""

    student: Member
    reference: Callable[..., object]
    fresh: Fresh
    repeats: int
    limit: float
    hint: int | None
    calls: int = 1
    turn: int = 0
    transit_s: float = 0.0

    def prepare(self) -> None:
        """Pay for pages and caches, uncounted, and find how many calls make a turn."""
        self._pair(student_first=True)
        while True:
            # Of two, because the longer may have met new pages or a collection of garbage.
            took_s = min(reference_turn(self.reference, self.fresh.take(self.calls))[0] for _ in range(2))
            if took_s >= LEAST_WORK_S or self.calls == MOST_CALLS:
                break
            self.calls = min(MOST_CALLS, max(self.calls + 1, math.ceil(1.2 * self.calls * LEAST_WORK_S / max(took_s, 1e-5))))
        self._must_be_work(took_s)
        self.transit_s = transit_s(self.student.leash, self.fresh.take(self.calls), MOST_TRANSIT * took_s)

    def measure(self) -> Timing:
        """Return the times of all pairs, or of the first ones where the others cannot change what is decided."""
        timing = Timing((), ())
        for number in range(self.repeats):
            took_s, reference_took_s = self._pair(student_first=number % 2 == 0)
            timing = Timing((*timing.student_s, took_s), (*timing.reference_s, reference_took_s))
            if _is_hopeless(timing, self.limit) or self._is_decided(timing):
                break
        return timing

    def _is_decided(self, timing: Timing) -> bool:
        """Say whether more than half of all repeats lie on one side of the limit: the median of all of them lies there, too."""
        above = sum(ratio > self.limit for ratio in timing.ratios)
        return len(timing.ratios) >= LEAST_REPEATS and max(above, len(timing.ratios) - above) > self.repeats / 2

    def _pair(self, *, student_first: bool) -> tuple[float, float]:
        arguments = self.fresh.take(self.calls)
        self.turn += 1
        if student_first:
            took_s, got = self._students_turn(arguments)
            reference_took_s, expected = reference_turn(self.reference, arguments)
        else:
            reference_took_s, expected = reference_turn(self.reference, arguments)
            took_s, got = self._students_turn(arguments)
        for answer, wanted in zip(got, expected, strict=True):
            agree(answer, wanted, self.hint)
        return max(0.0, took_s - self.transit_s), reference_took_s

    def _students_turn(self, arguments: Sequence[Arguments]) -> tuple[float, list[object]]:
        try:
            return student_turn(self.student, arguments)
        except Failure as failure:
            if failure.verdict is not Verdict.TIMEOUT:
                raise
            said = f" It was being clocked, in turn {self.turn} of {self.calls} calls, each turn on fresh inputs; all turns count."
            raise Failure(Verdict.TIMEOUT, failure.message + said, shown=failure.shown, detail=failure.detail, hint=self.hint) from failure

    def _must_be_work(self, took_s: float) -> None:
        """Refuse an author too little work to clock, and more than a test has time for; a student's own machine takes what there is."""
        if is_advice(self.student.leash):
            return
        if took_s < TOO_LITTLE_S:
            raise CourseError(
                f"{MOST_CALLS} calls of the reference need {took_s * 1e3:.1f} ms of CPU time, and less than "
                f"{TOO_LITTLE_S * 1e3:g} ms is no work to clock: make the inputs of the speed check larger."
            )
        task = self.student.leash.task
        if task is None:
            return
        # Twice, because a busy machine alone makes the same work take half as much CPU time again; and for a moment, much more.
        room_s, turns = 2 * task.limits.cpu_s, (1 + self.repeats) * self.limit
        for _ in range(SECOND_THOUGHTS):
            if turns * took_s <= room_s:
                return
            took_s = min(took_s, reference_turn(self.reference, self.fresh.take(self.calls))[0])
        raise CourseError(
            f"The reference needs {took_s * 1e3:.0f} ms of CPU time a turn, so a submission at the limit of {self.limit:g} would need "
            f"{turns * took_s:.1f} s, and cpu_s is {task.limits.cpu_s:g}: make the inputs of the speed check smaller, or raise cpu_s."
        )


def _is_hopeless(timing: Timing, limit: float) -> bool:
    return len(timing.ratios) == PAIRS_TO_GIVE_UP and min(timing.ratios) > HOPELESS * limit


def _limit(leash: Leash) -> float:
    if leash.task is None or leash.task.speed is None:
        raise CourseError("A speed check needs `speed = { limit, slower }` in its task.")
    return leash.task.speed.limit
