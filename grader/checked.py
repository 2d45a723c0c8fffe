"""Turns what the public checks said of a student's work into a table that says what to do next."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

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
    hint: str = ""  # the text of the hint that the first failure names


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What the checks said of `module`. `answered` of `questions` quiz questions have an answer; nobody knows here which are right."""

    topic: str
    module: str
    tasks: tuple[CheckedTask, ...]
    left_out: tuple[str, ...] = ()
    answered: int = 0
    questions: int = 0
    is_written: bool | None = None  # None where nothing is asked in words

    @property
    def passed(self) -> bool:
        """Whether no public check fails, and none waits for one that does."""
        return all(part.standing in (Standing.PASSES, Standing.LATER) for task in self.tasks for part in task.parts)

    @property
    def points(self) -> int:
        """The points of the parts whose public checks pass."""
        return sum(part.points for task in self.tasks for part in task.parts if part.standing is Standing.PASSES)


SYMBOLS = {
    Standing.PASSES: ("✓", "green"),
    Standing.FAILS: ("✗", "bold red"),
    Standing.UNWRITTEN: ("·", "dim"),
    Standing.WAITS: ("…", "yellow"),
    Standing.LATER: ("?", "dim"),
}
MOST_FAILURES = 3  # of a task, in full: the first ones explain the others


def check_table(report: CheckReport, *, show_hints: bool = False) -> Group:
    """Return the tasks as a table, then each failure with where to look; with `show_hints` the text of the hint that it names."""
    table = Table(title=Text(f"{report.topic}: {report.module}"), title_justify="left")
    table.add_column("task", overflow="fold")
    table.add_column("part")
    table.add_column("points", justify="right")
    table.add_column("", overflow="fold")
    for task in report.tasks:
        for number, part in enumerate(task.parts):
            name = part.name.removeprefix(f"{task.entry}.")
            cells = (Text("" if number else task.entry), Text(name), str(part.points), _standing(part))
            table.add_row(*cells, end_section=part is task.parts[-1])
    return Group(table, *_failures(report, show_hints), *_closing(report))


def check_json(report: CheckReport) -> dict[str, Any]:
    """Return the same as plain data."""
    return {**asdict(report), "passed": report.passed, "points": report.points}


def _standing(part: CheckedPart) -> Text:
    symbol, style = SYMBOLS[part.standing]
    return Text(" ".join([symbol, part.standing, ", ".join(part.waits_for)]).rstrip(), style=style)


def _failures(report: CheckReport, show_hints: bool) -> Iterator[RenderableType]:
    """Yield a block for each failure of what is written. What all of it shares, such as a file that does not import, is said once."""
    said: set[str] = set()
    for task in report.tasks:
        failures = [failure for failure in task.failures if failure.verdict is not Verdict.MISSING]
        for failure in failures[:MOST_FAILURES]:
            if failure.message not in said:
                said.add(failure.message)
                yield from _failure(task, failure)
        if (more := len(failures) - MOST_FAILURES) > 0:
            yield Padding(Text(f"{task.entry}: {more} more, once these are mended.", style="dim"), (1, 0, 0, 0), expand=False)
        if show_hints and task.hint:
            yield Padding(Text(printable_lines(task.hint)), (1, 0, 0, 2), expand=False)


def _failure(task: CheckedTask, failure: Failed) -> Iterator[RenderableType]:
    claim = failure.test.partition("::")[2]
    more = f" and {failure.count - 1} more" if failure.count > 1 else ""
    yield Padding(Text.assemble((f"{failure.part}", "bold"), (f"  {claim}{more}", "dim")), (1, 0, 0, 0), expand=False)
    yield Padding(Text(printable_lines(failure.message)), (0, 0, 0, 2), expand=False)
    if failure.suspected:
        yield Padding(Text(f"Perhaps: {printable_lines(failure.suspected)}", style="yellow"), (0, 0, 0, 2), expand=False)
    if failure.hint is not None:
        yield Padding(Text(f"Hint {failure.hint} of `{task.entry}` in handout.md may help.", style="cyan"), (0, 0, 0, 2), expand=False)


def _closing(report: CheckReport) -> Iterator[RenderableType]:
    """Yield what is to be said at last: the quiz, what of a notebook does not count, and what all this is worth."""
    lines = [f"Left out of the notebook: {printable_lines(line)}" for line in report.left_out]
    if report.questions:
        lines.append(f"Quiz: {report.answered} of {report.questions} answered.")
    if report.is_written is not None:
        lines.append(f"The question in words: {'answered' if report.is_written else 'not answered yet'}.")
    possible = sum(part.points for task in report.tasks for part in task.parts)
    lines.append(f"The checks here pass for parts of {report.points} of {possible} points.")
    lines.append("Grading has more checks; a mark never comes from here.")
    yield Padding(Text("\n".join(lines)), (1, 0, 0, 0), expand=False)
