"""Turns runs of a training into the four levels of a performance part, and a study of many runs into what it proves of a level."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from grader.draw import Draw
from grader.errors import CourseError
from grader.margins import note_run
from grader.result import Failure, Verdict
from grader.sandbox.student import Leash, Student, leash_of
from grader.task import LEVELS

RUNS = 3
_DOUBT = 0.05
Run = Callable[[np.random.Generator], float]


@dataclass
class Ladder:
    """The runs that one submission has made, kept from the test of one level to the next. `failure` ended them."""

    seed: int
    title: str
    numbers: list[float] = field(default_factory=list)
    failure: Failure | None = None


def levels(
    student: Student, level: str, run: Run, *, draw: Draw, runs: int = RUNS, name: str = "", hint: int | None = None
) -> tuple[float, ...]:
    """Require that one of up to `runs` runs reaches `level` of the task's `levels`; return the number of each run so far.

    `run` trains and evaluates with the generator it is given and returns the number of its best snapshot. The tests of the four levels
    share the runs: another one is made only where a level was missed by all so far, with another seed of the worker and the limits of a
    whole test. The generator begins alike in each, so that mask, data and episodes stay: a new mask would be a new chance to guess it.
    A failure in a run ends the runs; the levels that earlier ones reached stand. `name` tells two ladders of a task apart.
    """
    leash = leash_of(student)
    needed = _needed(leash)
    if level not in needed:
        raise CourseError(f"There is no level {level!r}; parametrise the test with checks.LEVELS.")
    is_rising = needed[LEVELS[-1]] > needed[LEVELS[0]]
    drawn = int(draw.rng.integers(2**63))
    title = f"{leash.task.entry if leash.task else ''} {name}".strip()
    ladder: Ladder = leash.kept.setdefault(f"levels {title}", Ladder(drawn, title))
    while not _reached(ladder.numbers, needed[level], is_rising) and len(ladder.numbers) < runs and ladder.failure is None:
        _climb(ladder, leash, run)
    leash.remark = _said(ladder.numbers, is_rising)
    if _reached(ladder.numbers, needed[level], is_rising):
        return tuple(ladder.numbers)
    if ladder.failure is not None:
        raise _again(ladder.failure, leash.remark)
    direction = "at least" if is_rising else "at most"
    claim = f"The level {level} needs {direction} {needed[level]:g}. {leash.remark}"
    raise Failure(Verdict.WRONG, claim, detail=", ".join(f"{number:.6g}" for number in ladder.numbers), hint=hint)


def miss_bound(missed: int, runs: int) -> float:
    """Return the largest rate of misses that `missed` of `runs` do not rule out at 95 %; 1 - 0.05^(1/n) where none missed."""
    low, high = missed / runs, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        at_most = math.fsum(math.comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(missed + 1))
        low, high = (rate, high) if at_most > _DOUBT else (low, rate)
    return high


def study(numbers: Sequence[float], needed: Mapping[str, float]) -> str:
    """Return a table of what independent single runs prove of each level, best to be printed: misses, bound, margin.

    The bound is of the rate at 95 %, of one run and of all of three; the margin is the distance of the level from the worst run, in
    units of the spread between the quartiles, negative where a run missed it.
    """
    is_rising = needed[LEVELS[-1]] > needed[LEVELS[0]]
    worst = min(numbers) if is_rising else max(numbers)
    quartiles = statistics.quantiles(numbers, n=4) if len(numbers) > 1 else [numbers[0]] * 3
    spread = quartiles[2] - quartiles[0]
    lines = [f"{len(numbers)} runs: worst {worst:.4g}, median {quartiles[1]:.4g}, quartiles {quartiles[0]:.4g} to {quartiles[2]:.4g}"]
    for level, bound in needed.items():
        missed = sum(not _reached([number], bound, is_rising) for number in numbers)
        rate = miss_bound(missed, len(numbers))
        ahead = (worst - bound) if is_rising else (bound - worst)
        margin = f"{ahead / spread:+.1f} spreads" if spread else f"{ahead:+.4g}"
        lines.append(
            f"  {level:6} {bound:8g}: missed by {missed} of {len(numbers)}, so by less than {rate:.1%} of runs, "
            f"{rate**RUNS:.2%} of {RUNS} in a row (95 %); margin {margin}"
        )
    return "\n".join(lines)


def _needed(leash: Leash) -> Mapping[str, float]:
    if leash.task is None or leash.task.levels is None:
        raise CourseError("A check of levels needs `levels = { simple, medium, strong, boss }` in its task.")
    return leash.task.levels


def _climb(ladder: Ladder, leash: Leash, run: Run) -> None:
    worker_seed = np.random.SeedSequence([ladder.seed, len(ladder.numbers)]).generate_state(1, np.uint64)[0] >> 1
    try:
        leash.restart(int(worker_seed))
        number = float(run(np.random.Generator(np.random.PCG64(ladder.seed))))
    except Failure as failure:
        ladder.failure = failure
        return
    note_run(ladder.title, number)
    ladder.numbers.append(number if math.isfinite(number) else math.nan)


def _reached(numbers: Sequence[float], bound: float, is_rising: bool) -> bool:
    return any(number >= bound if is_rising else number <= bound for number in numbers)  # never of NaN


def _said(numbers: Sequence[float], is_rising: bool) -> str:
    """Return the sentence on the best run. Four digits of a number that the judge measured: no more than the levels need."""
    known = [number for number in numbers if not math.isnan(number)]
    if not known:
        return "No run came to a number." if numbers else "No run was finished."
    best = max(known) if is_rising else min(known)
    return f"Your best of {len(numbers)} {'run' if len(numbers) == 1 else 'runs'} comes to {best:.4g}."


def _again(failure: Failure, remark: str) -> Failure:
    message = f"{failure.message} {remark}"
    return Failure(failure.verdict, message, shown=failure.shown, detail=failure.detail, hint=failure.hint)
