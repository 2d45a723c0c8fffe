"""Turns the marks of a class into the numbers, lists and rows of its page; it holds details, so it is the instructor's."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles

from grader.assignment import Assignment
from grader.marks import Mark
from grader.result import Outcome, Result, State, Verdict
from grader.roster import Roster
from grader.summary import SUDDEN, what_happened
from grader.workspace import Refusal

BINS = 10
MOST_TESTS, MOST_SLOW = 12, 8
TOLD = (Verdict.INVALID, *SUDDEN)
"""Verdicts that an instructor looks into: not a wrong value, but code that could not be used or did not keep to the limits."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Marks in percent of what could be had: the least, the quartiles, the most."""

    least: float
    quarter: float
    median: float
    three_quarters: float
    most: float


@dataclass(frozen=True, kw_only=True)
class Bin:
    """How many final marks lie from `low` up to `high` percent; the last bin has its upper end too."""

    low: int
    high: int
    count: int


@dataclass(frozen=True, kw_only=True)
class PartRate:
    """What became of a part in the class. `percent` is the share of those for whom it is decided and who earned it all."""

    part: str
    points: int
    counts: Mapping[State, int]

    @property
    def decided(self) -> int:
        """For how many it is decided."""
        return sum(count for state, count in self.counts.items() if state is not State.PENDING)

    @property
    def percent(self) -> float:
        """How many percent of them earned it."""
        return 100 * self.counts[State.EARNED] / self.decided if self.decided else 0


@dataclass(frozen=True, kw_only=True)
class Met:
    """A mistake of the catalogue, and who seems to have made it in which parts."""

    sentence: str
    parts: tuple[str, ...]
    students: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TestLoss:
    """A test, hidden or not, and how many did not pass it, by verdict."""

    __test__ = False  # not a test class for pytest

    id: str
    part: str
    verdicts: Mapping[Verdict, int]

    @property
    def count(self) -> int:
        """How many students did not pass it."""
        return sum(self.verdicts.values())


@dataclass(frozen=True, kw_only=True)
class Case:
    """A submission to look into: what happened, where, and the instructor's detail."""

    student: str
    what: str
    where: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A student of the class: the mark that counts, and where their page lies."""

    mark: Mark
    name: str
    what: str
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Census:
    """A class and its work on one topic."""

    course: str
    assignment: Assignment
    made_at: datetime
    due: datetime | None
    rows: tuple[Row, ...]
    refused: tuple[Refusal, ...]
    missing: tuple[str, ...] | None  # of the roster; None without one
    raw: Spread | None
    final: Spread | None
    bins: tuple[Bin, ...]
    parts: tuple[PartRate, ...]
    mistakes: tuple[Met, ...]
    tests: tuple[TestLoss, ...]
    failed: tuple[Case, ...]
    broken: tuple[Case, ...]

    @property
    def graded(self) -> tuple[Row, ...]:
        """Who has a mark."""
        return tuple(row for row in self.rows if row.mark.final is not None)

    @property
    def by_mark(self) -> tuple[Row, ...]:
        """Everybody, the lowest mark first; who has none comes before."""
        return tuple(sorted(self.rows, key=lambda row: -1 if (percent := _percent(row.mark)) is None else percent))

    @property
    def slowest(self) -> tuple[Row, ...]:
        """Whose grading took longest, the slowest first."""
        return tuple(sorted(self.graded, key=lambda row: -_wall_s(row.mark))[:MOST_SLOW])

    @property
    def late(self) -> tuple[Row, ...]:
        """Who handed in after their due date."""
        return tuple(row for row in self.rows if row.mark.late_s)

    @property
    def pending(self) -> tuple[Row, ...]:
        """Whose points are not all decided."""
        return tuple(row for row in self.graded if row.mark.pending)

    @property
    def ungraded(self) -> tuple[str, ...]:
        """Who waits for `grader grade`."""
        return tuple(row.mark.student for row in self.rows if row.mark.result is None)

    @property
    def stale(self) -> tuple[str, ...]:
        """Whose result is of an older grader or another key."""
        return tuple(row.mark.student for row in self.rows if row.mark.is_stale)


def census(
    course: str,
    assignment: Assignment,
    marks: Sequence[Mark],
    *,
    made_at: datetime,
    due: datetime | None = None,
    refused: Sequence[Refusal] = (),
    roster: Roster | None = None,
    links: Mapping[str, str] | None = None,
) -> Census:
    """Count a class. `links` are where students' pages lie, by student."""
    results = {mark.student: mark.result for mark in marks if mark.result is not None and mark.raw is not None}
    names = {person.id: person.name for person in roster.people} if roster else {}
    handed_in = {mark.student for mark in marks}
    return Census(
        course=course, assignment=assignment, made_at=made_at, due=due, refused=tuple(refused),
        rows=tuple(
            Row(mark=mark, name=names.get(mark.student, ""), what=_what(mark), link=(links or {}).get(mark.student, "")) for mark in marks
        ),
        missing=None if roster is None else tuple(student for student in roster.ids if student not in handed_in),
        raw=_spread([100 * mark.raw / mark.possible for mark in marks if mark.raw is not None and mark.possible]),
        final=_spread([percent for mark in marks if (percent := _percent(mark)) is not None]),
        bins=_bins([percent for mark in marks if (percent := _percent(mark)) is not None]),
        parts=tuple(_parts(assignment, marks)),
        mistakes=_mistakes(results),
        tests=_tests(results.values()),
        failed=tuple(_failed(results)),
        broken=tuple(_broken(marks)),
    )  # fmt: skip


def _what(mark: Mark) -> str:
    return "not graded yet" if mark.result is None else what_happened(mark.result)


def _percent(mark: Mark) -> float | None:
    return None if mark.final is None or not mark.possible else 100 * mark.final / mark.possible


def _wall_s(mark: Mark) -> float:
    return mark.result.wall_s if mark.result else 0


def _spread(percents: Sequence[float]) -> Spread | None:
    if not percents:
        return None
    quarter, median, three = quantiles(percents, n=4, method="inclusive") if len(percents) > 1 else [percents[0]] * 3
    return Spread(least=min(percents), quarter=quarter, median=median, three_quarters=three, most=max(percents))


def _bins(percents: Iterable[float]) -> tuple[Bin, ...]:
    width = 100 // BINS
    counts = Counter(min(BINS - 1, int(percent // width)) for percent in percents)
    return tuple(Bin(low=number * width, high=(number + 1) * width, count=counts[number]) for number in range(BINS))


def _parts(assignment: Assignment, marks: Iterable[Mark]) -> Iterator[PartRate]:
    counts: defaultdict[str, Counter[State]] = defaultdict(Counter)
    for mark in marks:
        given = {one.part: one.points for one in mark.manual}
        for part in mark.result.parts if mark.result is not None and mark.raw is not None else ():
            counts[part.part][_decided(given[part.part], part.points) if part.part in given else part.state] += 1
    for one in assignment.parts():
        if one.name in counts:
            yield PartRate(part=one.name, points=one.points, counts=counts[one.name])


def _decided(given: float, points: int) -> State:
    """Return the state of a part that a person gave points."""
    return State.EARNED if given >= points else State.PARTIAL if given > 0 else State.LOST


def _mistakes(results: Mapping[str, Result]) -> tuple[Met, ...]:
    students: defaultdict[str, dict[str, None]] = defaultdict(dict)
    parts: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for student, result in results.items():
        for test in result.tests:
            if test.suspected:
                students[test.suspected][student] = None
                parts[test.suspected][test.part] = None
    met = [Met(sentence=sentence, parts=tuple(parts[sentence]), students=tuple(who)) for sentence, who in students.items()]
    return tuple(sorted(met, key=lambda one: -len(one.students)))


def _tests(results: Iterable[Result]) -> tuple[TestLoss, ...]:
    verdicts: defaultdict[tuple[str, str], Counter[Verdict]] = defaultdict(Counter)
    for test in (test for result in results for test in result.tests if test.verdict not in (Verdict.PASSED, Verdict.PENDING)):
        verdicts[test.id, test.part][test.verdict] += 1
    found = [TestLoss(id=name, part=part, verdicts=dict(counts.most_common())) for (name, part), counts in verdicts.items()]
    return tuple(sorted(found, key=lambda one: -one.count)[:MOST_TESTS])


def _failed(results: Mapping[str, Result]) -> Iterator[Case]:
    for student, result in results.items():
        told: dict[Verdict, Outcome] = {}
        for test in result.tests:
            if test.verdict in TOLD:
                told.setdefault(test.verdict, test)
        for verdict, test in told.items():
            detail = "\n".join(filter(None, [test.message.partition("\n")[0], test.detail]))
            yield Case(student=student, what=verdict.value, where=test.id, detail=detail)


def _broken(marks: Iterable[Mark]) -> Iterator[Case]:
    """Yield what the harness did not complete, with every different detail of it once."""
    for mark in marks:
        if mark.result is not None and mark.raw is None:
            faults = [test for test in mark.result.tests if test.verdict is Verdict.HARNESS]
            details = dict.fromkeys(test.detail for test in faults if test.detail)
            where = faults[0].id if faults else ""
            yield Case(student=mark.student, what="the harness failed", where=where, detail="\n".join(details))
