"""Turns what the public checks said of a student's work into a table that says what to do next."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.failures import Failed
from grader.printable import printable_lines
from grader.result import Verdict


class Standing(StrEnum):
    """What the public checks say of a part: they pass, one fails, it is a stub, it waits for another task; or there are none."""

    PASSES = "passes"
    FAILS = "fails"
    UNWRITTEN = "not written yet"
    WAITS = "waits for"
    LATER = "checked when graded"


@dataclass(frozen=True, kw_only=True)
class CheckedPart:
    """A part of a task with its points, and what it waits for."""

    name: str
    points: int
    standing: Standing
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckedTask:
    """A task, or the integration: its parts, and its failures, of which the first is the one to look at."""

    entry: str
    parts: tuple[CheckedPart, ...]
    failures: tuple[Failed, ...] = ()
    hint_level: int | None = None  # of the hint to open next: the one that the first failure names, else the lowest
    hint: str = ""  # its text


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What the checks said of `module`. `answered` of `questions` quiz questions have an answer; nobody knows here which are right.

    `fault` says why no check could use the module at all; there are no tasks then.
    """

    topic: str
    module: str
    tasks: tuple[CheckedTask, ...] = ()
    fault: str = ""
    left_out: tuple[str, ...] = ()
    answered: int = 0
    questions: int = 0
    is_written: bool | None = None  # None where nothing is asked in words

    @property
    def passed(self) -> bool:
        """Whether no public check fails, and none waits for one that does."""
        return not self.fault and all(part.standing in (Standing.PASSES, Standing.LATER) for task in self.tasks for part in task.parts)

    @property
    def points(self) -> int:
        """The points of the parts whose public checks pass."""
        return sum(part.points for task in self.tasks for part in task.parts if part.standing is Standing.PASSES)


SYMBOLS = {
    Standing.PASSES: ("✓", "green"),
    Standing.FAILS: ("✗", "bold red"),
    Standing.UNWRITTEN: ("·", "dim"),
    Standing.WAITS: ("…", "yellow"),
    Standing.LATER: (" ", "dim"),
}


def check_table(report: CheckReport, *, show_hints: bool = False) -> Group:
    """Return the tasks as a table, then the first failure of each with where to look; with `show_hints` the text of the next hint."""
    head = Text.assemble((report.topic, "bold"), f"  {printable_lines(report.module)}")
    if report.fault:
        return Group(head, _block(Text(printable_lines(report.fault), style="bold red"), above=1), *_closing(report))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for name in ("task", "part", "points>", "checks"):
        table.add_column(name.removesuffix(">"), justify="right" if name.endswith(">") else "left", no_wrap=name == "task", overflow="fold")
    for task in report.tasks:
        for number, part in enumerate(task.parts):
            above = task.parts[number - 1] if number else None
            entry = Text("" if number else task.entry)
            table.add_row(entry, Text(part.name.removeprefix(f"{task.entry}.")), str(part.points), _standing(part, above))
    return Group(head, Text(), table, *_failures(report, show_hints), *_closing(report))


def check_json(report: CheckReport) -> dict[str, Any]:
    """Return the same as plain data."""
    return {**asdict(report), "passed": report.passed, "points": report.points}


def _standing(part: CheckedPart, above: CheckedPart | None) -> Text:
    """Return the state of a part; what it waits for is said once of neighbours that wait for the same."""
    symbol, style = SYMBOLS[part.standing]
    same = above is not None and part.waits_for and part.waits_for == above.waits_for
    words = ["waits too"] if same else [part.standing, ", ".join(part.waits_for)]
    return Text(" ".join([symbol, *words]).rstrip(), style=style)


def _failures(report: CheckReport, show_hints: bool) -> Iterator[RenderableType]:
    """Yield a block for each task with a failure of what is written: the first one, which explains the others. One hint is shown."""
    for task in report.tasks:
        failures = [failure for failure in task.failures if failure.verdict is not Verdict.MISSING]
        if not failures:
            continue
        more = sum(failure.count for failure in failures) - 1
        yield from _failure(task, failures[0], more)
        if show_hints and task.hint:
            yield _block(Text(printable_lines(task.hint)), above=1, left=4)
            show_hints = False


def _failure(task: CheckedTask, failure: Failed, more: int) -> Iterator[RenderableType]:
    test = failure.test.rpartition("::")[2]
    yield _block(Text.assemble((failure.part, "bold red"), (f"  {test}", "dim")), above=1, left=0)
    yield _block(Text(printable_lines(failure.message)))
    if failure.suspected:
        yield _block(Text(f"Perhaps: {printable_lines(failure.suspected)}", style="yellow"))
    if level := task.hint_level or failure.hint:
        yield _block(Text(f"Hint {level} of `{task.entry}` in handout.md may help.", style="cyan"))
    if more:
        yield _block(Text(f"{more} more of this task's checks {'fails' if more == 1 else 'fail'}.", style="dim"))


def _closing(report: CheckReport) -> Iterator[RenderableType]:
    """Yield what is to be said at last: the quiz, what of a notebook does not count, and what all this is worth."""
    lines = [f"Left out of the notebook: {printable_lines(line)}" for line in report.left_out]
    if report.questions:
        lines.append(f"Quiz: {report.answered} of {report.questions} answered.")
    if report.is_written is not None:
        lines.append(f"The question in words: {'answered' if report.is_written else 'not answered yet'}.")
    if not report.fault:
        possible = sum(part.points for task in report.tasks for part in task.parts)
        lines.append(f"What passes here is worth up to {report.points} of {possible} points. Grading has more checks: this is no mark.")
    yield _block(Text("\n".join(lines)), above=1, left=0)


def _block(text: Text, above: int = 0, left: int = 2) -> Padding:
    return Padding(text, (above, 0, 0, left), expand=False)
