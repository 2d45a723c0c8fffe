"""Turns the outcomes of a topic's tests into what each part earned."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from grader.assignment import QUIZ, WRITTEN, Assignment, Kind, Part
from grader.result import Outcome, PartScore, State, Verdict
from grader.task import LEVELS


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a submission earned of what it could. A fault of the harness leaves no parts and no points, never a zero.

    `faults` says in sentences why `complete` is false.
    """

    complete: bool
    earned: float | None
    possible: float
    pending: float
    parts: tuple[PartScore, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    part: Part
    earned: Fraction
    state: State


def score(
    assignment: Assignment,
    outcomes: Sequence[Outcome],
    expected: Sequence[str],
    quiz: Fraction | None,
    *,
    written: str = "",
    cuda: str = "grade",
) -> Score:
    """Weigh `outcomes` against the trusted list `expected` of test ids; `quiz` is the points of the answers, None where there is no key.

    An answer in words (`written`) waits for a person; none at all is worth nothing. With `cuda="drop"` the parts that need
    a GPU leave the points for good.
    """
    parts = [part for part in assignment.parts() if not (cuda == "drop" and part.kind == Kind.SPEED_CUDA)]
    faults = _faults(assignment, parts, outcomes, expected)
    if faults:
        possible = sum(part.points for part in parts)
        return Score(complete=False, earned=None, possible=possible, pending=0, parts=(), faults=tuple(faults))
    tests: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        tests[outcome.part].append(outcome)
    answered = {QUIZ: quiz, WRITTEN: None if written.strip() else Fraction(0)}
    alone = {p.name: _alone(p, tests[p.name]) if p.is_tested else _answered(p, answered[p.name]) for p in parts}
    weighed = [_blocked(alone[part.name], alone.get(f"{part.entry}.{Kind.CORRECTNESS}")) for part in parts]
    pending = sum(one.part.points for one in weighed if one.state == State.PENDING)
    return Score(
        complete=True,
        earned=rounded(sum((one.earned for one in weighed), Fraction(0))),
        possible=sum(part.points for part in parts) - pending,
        pending=pending,
        parts=tuple(PartScore(part=one.part.name, points=one.part.points, earned=rounded(one.earned), state=one.state) for one in weighed),
    )


def rounded(points: Fraction) -> float:
    """Return `points` to a hundredth, half up."""
    return floor(points * 100 + Fraction(1, 2)) / 100


def _faults(assignment: Assignment, parts: Sequence[Part], outcomes: Sequence[Outcome], expected: Sequence[str]) -> list[str]:
    seen = Counter(outcome.id for outcome in outcomes)
    known = {part.name for part in assignment.parts()}
    tested = {outcome.part for outcome in outcomes}
    found = [f"{name} was not judged" for name in expected if name not in seen]
    found += [f"{name} was judged {count} times" for name, count in seen.items() if count > 1]
    found += [f"{name} is no test of this topic" for name in seen.keys() - set(expected)]
    found += [f"{outcome.id} failed for a fault of the harness" for outcome in outcomes if outcome.verdict == Verdict.HARNESS]
    found += [f"{outcome.id} belongs to {outcome.part!r}, which is no part" for outcome in outcomes if outcome.part not in known]
    # All of no tests have passed: without this a part that lost its tests would be given to everybody.
    found += [f"{part.name} has no test" for part in parts if part.is_tested and part.name not in tested]
    return found


def _alone(part: Part, tests: Sequence[Outcome]) -> _Weighed:
    """Weigh a part by its own tests."""
    if part.kind == Kind.PERFORMANCE:
        return _performance(part, tests)
    if any(test.verdict not in (Verdict.PASSED, Verdict.PENDING) for test in tests):
        return _weighed(part, Fraction(0))
    if any(test.verdict == Verdict.PENDING for test in tests):
        return _Weighed(part=part, earned=Fraction(0), state=State.PENDING)
    return _weighed(part, Fraction(part.points))


def _performance(part: Part, tests: Sequence[Outcome]) -> _Weighed:
    """Give a quarter for each level whose tests, `…[simple]` to `…[boss]`, passed; a test of no level must pass for any."""
    levels: defaultdict[str, list[Verdict]] = defaultdict(list)
    for test in tests:
        levels[next((level for level in LEVELS if test.id.endswith(f"[{level}]")), "")].append(test.verdict)
    others = levels.pop("", [])
    if any(verdict not in (Verdict.PASSED, Verdict.PENDING) for verdict in others):
        return _weighed(part, Fraction(0))
    if any(verdict == Verdict.PENDING for verdicts in (others, *levels.values()) for verdict in verdicts):
        return _Weighed(part=part, earned=Fraction(0), state=State.PENDING)
    reached = sum(all(verdict == Verdict.PASSED for verdict in verdicts) for verdicts in levels.values())
    return _weighed(part, Fraction(part.points * reached, len(LEVELS)))


def _answered(part: Part, earned: Fraction | None) -> _Weighed:
    """Weigh a part by what its answers earned; None is not known yet."""
    if earned is None:
        return _Weighed(part=part, earned=Fraction(0), state=State.PENDING)
    return _weighed(part, earned)


def _weighed(part: Part, earned: Fraction) -> _Weighed:
    state = State.EARNED if earned == part.points else State.PARTIAL if earned else State.LOST
    return _Weighed(part=part, earned=earned, state=state)


def _blocked(one: _Weighed, correctness: _Weighed | None) -> _Weighed:
    """Return `one`, or nothing for it where its task's correctness was not earned."""
    if correctness is None or one is correctness or correctness.state == State.EARNED:
        return one
    state = State.PENDING if correctness.state == State.PENDING else State.BLOCKED
    return _Weighed(part=one.part, earned=Fraction(0), state=state)
