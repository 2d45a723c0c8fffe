"""Turns reports and results into tables, JSON and letters; nothing in them can move a terminal or be taken for markup."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC
from typing import Any, Protocol

from rich.console import Group
from rich.table import Table
from rich.text import Text

from grader.assignment import WRITTEN, Assignment
from grader.failures import Failed, failed
from grader.marks import Mark
from grader.printable import printable_lines
from grader.reports import ClassReport, CollectLine, CollectReport, Fate, LimitLine, StudentLine, TaskLine, TopicLine
from grader.result import PartScore, Result, State
from grader.sheets import sheet
from grader.studies import Study

READ_LATER = "waits for a person to read it"
NOTES: Mapping[State, str] = {
    State.BLOCKED: "waits for its task's correctness",
    State.PENDING: "waits for a GPU",
}


class Proof(Protocol):
    """One submission whose mark is known, and in what its result differs."""

    @property
    def name(self) -> str:
        """What was graded."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Where the result is not what it must be."""

    @property
    def result(self) -> Result:
        """What came out."""


class Verification(Protocol):
    """What `grader verify` found about a topic."""

    @property
    def topic(self) -> str:
        """The topic."""

    @property
    def proofs(self) -> Sequence[Proof]:
        """Every submission that was graded."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong besides the proofs."""

    @property
    def catches(self) -> Mapping[str, tuple[str, ...]]:
        """The wrong and slow submissions that each test caught."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What an author should know, and what fails nothing."""

    @property
    def tasks(self) -> Sequence[TaskLine]:
        """The tasks with their parts and tests."""

    @property
    def limits(self) -> Sequence[LimitLine]:
        """The limits of time, with who comes nearest."""

    @property
    def is_partial(self) -> bool:
        """Whether only some of the submissions were graded."""


class Report(Protocol):
    """A topic's study."""

    @property
    def topic(self) -> str:
        """The topic."""

    @property
    def assignment(self) -> Assignment:
        """Its settings."""

    @property
    def study(self) -> Study:
        """What was measured."""

    @property
    def equivalent(self) -> Mapping[str, str]:
        """Why no input tells a mutant from the reference, by its digest."""

    @property
    def faults(self) -> Sequence[str]:
        """What keeps the topic from a release."""


def topics_table(lines: Sequence[TopicLine]) -> Table:
    """Return the course's topics as a table for a terminal."""
    table = _table("", "unit", "topic", "title", "points>", "state", "what is missing")
    for line in lines:
        more = f" (+{len(line.faults) - 1} more)" if len(line.faults) > 1 else ""
        _add_row(table, line.unit, line.topic, line.title or "", str(line.points or ""), line.stage, (*line.faults, "")[0] + more)
    return table


def topics_json(lines: Sequence[TopicLine]) -> list[dict[str, Any]]:
    """Return the course's topics as plain data."""
    return [asdict(line) for line in lines]


def collect_table(report: CollectReport) -> Table:
    """Return what a collection did as a table for a terminal."""
    counts = Counter(line.fate for line in report.lines)
    title = f"{report.topic}: {', '.join(f'{counts[fate]} {fate}' for fate in Fate if counts[fate])}"
    table = _table(title, "in the source", "student", "attempt>", "", "reason")
    table.caption = Text(printable_lines("\n".join(_collect_notes(report))), justify="left")
    for line in report.lines:
        _add_row(table, line.name, line.student or "", str(line.attempt or ""), line.fate, line.reason)
    return table


def collect_json(report: CollectReport) -> dict[str, Any]:
    """Return what a collection did as plain data, times as text."""
    lines = [{**asdict(line), "received_at": _moment(line)} for line in report.lines]
    return {**asdict(replace(report, lines=())), "lines": lines}


def collect_csv(report: CollectReport) -> bytes:
    """Return what a collection did as CSV, a row for each line."""
    rows = ({**asdict(line), "received_at": _moment(line)} for line in report.lines)
    blank = ({name: "" if cell is None else cell for name, cell in row.items()} for row in rows)
    return sheet(("name", "fate", "student", "attempt", "received_at", "late_s", "reason"), blank)


def report_table(report: ClassReport) -> Table:
    """Return a class's marks as a table for a terminal."""
    title = f"{report.topic}: {len(report.lines)} {'student' if len(report.lines) == 1 else 'students'}"
    dated = any(line.reason for line in report.lines)  # a topic without a due date needs no column for it
    columns = ("student", "score>", *(("final>", "why") if dated else ()), "pending>", "what happened", "seconds>", "read more")
    table = _table(title, *columns)
    for line in report.lines:
        _add_row(table, *_cells(line, dated))
    return table


def report_json(report: ClassReport) -> dict[str, Any]:
    """Return a class's marks as plain data."""
    return asdict(report)


def verification(found: Verification) -> Group:
    """Return what was proved of a topic, what was not, and which test caught which wrong submission, for a terminal."""
    wrong = sum(bool(proof.faults) for proof in found.proofs) + len(found.faults)
    sound = "no faults in a part" if found.is_partial else "proved"
    table = _table(f"{found.topic}: {f'{wrong} faults' if wrong else sound}", "submission", "score>", "seconds>", "fault")
    for proof in found.proofs:
        _add_row(
            table, proof.name, _score(proof.result.earned, proof.result.possible), f"{proof.result.wall_s:.1f}", "\n".join(proof.faults)
        )
    for fault in found.faults:
        _add_row(table, found.topic, "", "", fault)
    for note in found.notes:
        _add_row(table, "note", "", "", note)
    if found.is_partial:
        table.caption = Text("Only a part of the submissions was graded: this is no proof.")
        return Group(table)
    caught = _table("What each test caught", "test", "wrong and slow submissions")
    for test, names in found.catches.items():
        _add_row(caught, test, ", ".join(names))
    return Group(table, caught, _tasks(found), _limits(found))


def study(report: Report) -> Group:
    """Return what a study measured of a topic, for a terminal: misses, margins, levels, mutants."""
    from grader.checks import study as study_of_levels  # imports torch, which a table of marks does not need

    found = report.study
    missed = _table(f"{report.topic}: {found.keys} keys", "submission", "keys missed>", "rate below (95 %)>", "tests")
    for name, one in found.submissions.items():
        tests = sorted({test for names in one.tests.values() for test in names})
        _add_row(missed, name, f"{len(one.tests)} of {found.keys}", f"{one.bound:.1%}", ", ".join(tests))
    near = _table("Nearest to a threshold", "threshold", "test", "used of the allowed>")
    for kind, test, used in _nearest(found):
        _add_row(near, kind, test, f"{used:.3g}")
    blocks: list[Table | Text] = [missed, near]
    for submission, ladders in found.ladders.items():
        for ladder, numbers in ladders.items():
            task = report.assignment.task(ladder.split(" ")[0])
            blocks.append(Text(f"{submission}, {ladder}: {study_of_levels(numbers, task.levels)}" if task.levels else ""))
    return Group(*blocks, _mutants(report))


def _nearest(found: Study) -> Iterator[tuple[str, str, float]]:
    """Yield for each kind of threshold the test that came nearest to it."""
    kinds = sorted({kind for used in found.margins.values() for kind in used})
    for kind in kinds:
        used, test = max((used[kind], test) for test, used in found.margins.items() if kind in used)
        yield kind, test, used


def _mutants(report: Report) -> Table:
    alive = {fate.digest for fate in report.study.survivors()}
    table = _table("Mutants of the reference", "task", "mutants>", "killed>", "equivalent>", "alive>")
    for entry in dict.fromkeys(fate.entry for fate in report.study.mutants):
        own = [fate.digest for fate in report.study.mutants if fate.entry == entry]
        listed = alive & report.equivalent.keys()
        counts = (len(own), sum(d not in alive for d in own), sum(d in listed for d in own), sum(d in alive - listed for d in own))
        _add_row(table, entry, *map(str, counts))
    table.caption = Text(printable_lines("\n".join(report.faults)), justify="left") if report.faults else None
    return table


def _tasks(found: Verification) -> Table:
    table = _table("Tasks", "task", "parts", "public tests>", "hidden tests>", "wrong and slow caught>")
    for line in found.tasks:
        _add_row(table, line.entry, line.parts, str(line.public_tests), str(line.hidden_tests), str(line.caught))
    return table


def _limits(found: Verification) -> Table:
    table = _table("Limits, as a multiple of the reference's time", "part", "limit>", "slowest correct", "its ratio>", "slow", "its ratio>")
    for line in found.limits:
        slow = "out of time" if line.slow_found is None else f"{line.slow_found:.2f}"
        _add_row(table, line.part, f"{line.limit:g}", line.nearest, f"{line.nearest_found:.2f}", line.slow, slow)
    return table


def points(value: float) -> str:
    """Return points as they are read: `92.33`, `100`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def feedback(result: Result, mark: Mark | None = None) -> str:
    """Return the letter to a student: score, what lateness took off it, parts, and for each test that did not pass what they may know.

    `detail`, which is the instructor's, is in no letter.
    """
    blocks = [_headline(result), *_final(mark), *_parts(result), *_failures(result)]
    return "\n\n".join(printable_lines(block) for block in blocks) + "\n"


def _table(title: str, *columns: str) -> Table:
    """Return an empty table; a column whose name ends in `>` stands to the right."""
    table = Table(title=Text(title) if title else None)
    for column in columns:
        table.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    return table


def _add_row(table: Table, *cells: str) -> None:
    table.add_row(*(Text(printable_lines(cell)) for cell in cells))  # a bare string would be read as markup


def _collect_notes(report: CollectReport) -> Iterator[str]:
    """Yield what stands below the table of a collection: who is missing, who is new, and what holds for all of it."""
    if report.roster is not None:
        yield f"{len(report.missing)} of {report.roster} in the roster have handed in nothing yet{_listed(report.missing)}"
    if report.enrolled:
        yield f"{len(report.enrolled)} enrolled in roster.csv{_listed(report.enrolled)}"
    yield from report.notes


def _listed(names: Sequence[str]) -> str:
    return f": {', '.join(names[:20])}{', …' if len(names) > 20 else ''}" if names else ""


def _moment(line: CollectLine) -> str | None:
    return None if line.received_at is None else line.received_at.astimezone(UTC).isoformat()


def _score(earned: float | None, possible: float | None) -> str:
    return "" if earned is None or possible is None else f"{points(earned)} of {points(possible)}"


def _cells(line: StudentLine, dated: bool) -> Iterator[str]:
    yield line.student
    yield _score(line.earned, line.possible)
    if dated:
        yield "" if line.final is None else points(line.final)
        yield line.reason
    yield points(line.pending) if line.pending else ""
    yield line.what
    yield "" if line.wall_s is None else f"{line.wall_s:.1f}"
    yield line.read_more


def _headline(result: Result) -> str:
    if not result.complete or result.earned is None:
        return f"{result.topic}: not graded yet. The grader itself failed, not your work; your instructor will grade it again."
    pending = f", {points(result.pending)} pending" if result.pending else ""
    return f"{result.topic}: {points(result.earned)} of {points(result.possible)} points{pending}"


def _final(mark: Mark | None) -> Iterator[str]:
    """Yield what became of the points after they were added up: marks by hand, lateness, and which attempt counts."""
    if mark is None or mark.final is None:
        return
    for one in mark.manual:
        yield f"{one.part}: {points(one.points)} points, marked by hand{f': {one.comment}' if one.comment else ''}"
    if mark.manual or mark.penalty:
        yield f"In the book: {points(mark.final)} of {points(mark.possible or 0)} points"
    if mark.reason:
        yield f"{mark.reason[0].upper()}{mark.reason[1:]}."


def _parts(result: Result) -> Iterator[str]:
    if result.parts:
        width = max(len(part.part) for part in result.parts)
        yield "\n".join(_part(part, width) for part in result.parts)


def note_on(part: PartScore) -> str:
    """Return what a part waits for; empty if for nothing."""
    return READ_LATER if part.state is State.PENDING and part.part == WRITTEN else NOTES.get(part.state, "")


def _part(part: PartScore, width: int) -> str:
    note = note_on(part)
    return f"{part.part:<{width}}  {points(part.earned):>5} of {part.points:<3} {part.state}{f': {note}' if note else ''}".rstrip()


def _failures(result: Result) -> Iterator[str]:
    """Yield a block for each test that did not pass, but one for all of a part that say the same."""
    failures = failed(result.tests) if result.complete else ()
    if failures:
        yield "What did not pass:"
    for failure in failures:
        yield _failure(failure)


def _failure(failure: Failed) -> str:
    more = f" and {failure.count - 1} more" if failure.count > 1 else ""
    lines = [f"{failure.part}: {failure.verdict}  ({failure.test or 'a hidden test'}{more})", *failure.message.splitlines()]
    if failure.suspected:
        lines.append(f"Perhaps: {failure.suspected}")
    if failure.hint is not None:
        lines.append(f"Hint {failure.hint} of the task in the handout may help.")
    return "\n  ".join(lines)
