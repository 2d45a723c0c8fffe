"""Turns CPU times at three sizes of input into the exponent of their growth, and the exponent into a pass or a sentence."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from grader.checks.turns import (
    LEAST_WORK_S,
    MOST_CALLS,
    Fresh,
    agree,
    base_s,
    reference_turn,
    standing,
    student_turn,
)
from grader.errors import CourseError
from grader.margins import note
from grader.result import Failure, Verdict
from grader.sandbox.student import Member

REPEATS = 10
LEAST_SPAN = 4
HOPELESS, ROUNDS_TO_GIVE_UP = 0.5, 3
LEAST_CALL_S = 0.00001
"""What is quicker counts as this much."""


@dataclass(frozen=True)
class Growth:
    """CPU seconds of one call at each size, round by round."""

    sizes: tuple[int, ...]
    rounds: tuple[tuple[float, ...], ...]

    @property
    def call_s(self) -> tuple[float, ...]:
        """The median call at each size."""
        return tuple(statistics.median(each) for each in zip(*self.rounds, strict=True))

    @property
    def exponent(self) -> float:
        """The slope of the times over the sizes, both as logarithms: 1 where time is proportional to size."""
        return self._slope(self.call_s)

    @property
    def is_hopeless_above(self) -> float:
        """The least exponent of any round alone."""
        return min(self._slope(each) for each in self.rounds)

    def _slope(self, call_s: Sequence[float]) -> float:
        x, y = [math.log(size) for size in self.sizes], [math.log(s) for s in call_s]
        return statistics.linear_regression(x, y).slope


def growth(
    student: Member,
    inputs_of_size: Callable[[int], Sequence[object]],
    sizes: Sequence[int],
    *,
    at_most: float = 1.2,
    reference: Callable[..., object] | None = None,
    repeats: int = REPEATS,
    hint: int | None = None,
) -> Growth:
    """Require that the CPU time of a call grows at most like size to the power `at_most`, read from outside at three sizes or more.

    `inputs_of_size` makes fresh arguments of a size for every call. Choose sizes so that the smallest needs about 1 ms: what a call
    costs that does nothing is measured in the same worker and taken off, and a turn has calls enough for 12 ms of work.
    The student stands still but for its own turns. An exponent that is too large is confirmed by a second measurement.

    With `reference` every answer is compared after the clock has stopped; without it a program that answers large inputs with anything
    passes. A program that idles away time on small inputs looks flatter than it is: where that pays, stand a speed part beside it.
    """
    _must_make_sense(sizes, at_most, repeats)
    ladder = _Ladder(student, inputs_of_size, tuple(sizes), reference, repeats, hint)
    with standing(student.leash):
        ladder.prepare()
        found = ladder.measure(at_most)
        if found.exponent > at_most and len(found.rounds) == repeats:
            found = ladder.measure(at_most)
    note("growth", max(0.0, found.exponent), at_most)
    if found.exponent > at_most:
        table = ", ".join(f"{size}: {s * 1e3:.2f} ms" for size, s in zip(found.sizes, found.call_s, strict=True))
        raise Failure(
            Verdict.TIMEOUT,
            f"The CPU time of your code grows too fast with its input: twice the size takes {2**found.exponent:.1f} times as long "
            f"(exponent {found.exponent:.2f}); at most {2**at_most:.1f} times (exponent {at_most:g}) is asked for.",
            shown=table,
            detail=table,
            hint=hint,
        )
    return found


@dataclass
class _Ladder:
    """The student on inputs of growing size."""

    student: Member
    inputs_of_size: Callable[[int], Sequence[object]]
    sizes: tuple[int, ...]
    reference: Callable[..., object] | None
    repeats: int
    hint: int | None
    base_s: float = 0.0
    fresh: list[Fresh] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        """Meet each size once, uncounted, and find how many calls make a turn at it."""
        self.fresh = [Fresh(partial(self.inputs_of_size, size)) for size in self.sizes]
        self.calls = [1] * len(self.sizes)
        self.base_s = base_s(self.student.leash)
        for rung in range(len(self.sizes)):
            self._turn_s(rung)
            while self.calls[rung] < MOST_CALLS:
                call_s = self._turn_s(rung)
                if call_s * self.calls[rung] >= LEAST_WORK_S:
                    break
                more = math.ceil(1.2 * LEAST_WORK_S / max(call_s, 1e-6))
                self.calls[rung] = min(MOST_CALLS, max(self.calls[rung] + 1, more))

    def measure(self, at_most: float) -> Growth:
        """Return the times of all rounds, up and down the sizes, or of the first ones where they are hopeless."""
        rungs, rounds = list(range(len(self.sizes))), list[tuple[float, ...]]()
        while len(rounds) < self.repeats:
            took_s = {rung: self._turn_s(rung) for rung in (rungs if len(rounds) % 2 == 0 else rungs[::-1])}
            rounds.append(tuple(took_s[rung] for rung in rungs))
            found = Growth(self.sizes, tuple(rounds))
            if len(rounds) == ROUNDS_TO_GIVE_UP and found.is_hopeless_above > at_most + HOPELESS:
                break
        return found

    def _turn_s(self, rung: int) -> float:
        """Return the CPU seconds of one call, the mean of a turn."""
        arguments = self.fresh[rung].take(self.calls[rung])
        if self.reference is None:
            return self._net_s(student_turn(self.student, arguments)[0], arguments)
        _, expected = reference_turn(self.reference, arguments)
        took_s, got = student_turn(self.student, arguments)
        for answer, wanted in zip(got, expected, strict=True):
            agree(answer, wanted, self.hint)
        return self._net_s(took_s, arguments)

    def _net_s(self, took_s: float, arguments: Sequence[object]) -> float:
        return max((took_s - self.base_s) / len(arguments), LEAST_CALL_S)


def _must_make_sense(sizes: Sequence[int], at_most: float, repeats: int) -> None:
    found = f"The sizes of a growth check are {', '.join(map(str, sizes)) or 'none'}"
    if len(sizes) < 3 or any(type(size) is not int or size < 1 for size in sizes):
        raise CourseError(f"{found}, expected three whole numbers or more, each above 0.")
    if any(after <= before for before, after in pairwise(sizes)) or sizes[-1] < LEAST_SPAN * sizes[0]:
        raise CourseError(f"{found}, expected growing ones, the last at least {LEAST_SPAN} times the first.")
    if not 0 < at_most < math.inf or repeats < ROUNDS_TO_GIVE_UP:
        raise CourseError(f"A growth check allows the exponent {at_most:g} in {repeats} repeats, expected one above 0, 3 repeats or more.")
