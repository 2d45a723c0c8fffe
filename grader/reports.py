"""Turns what a command found into frozen lines, which `render` shows."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Stage(StrEnum):
    """How far a topic is: not begun, without all its files or with faults, or fit for `grader verify`."""

    PLANNED = "planned"
    DRAFT = "draft"
    READY = "ready"


@dataclass(frozen=True, kw_only=True)
class TopicLine:
    """A topic of the course. `title` and `points` are None until its `assignment.toml` has no faults; `faults` say what it lacks."""

    topic: str
    unit: str
    stage: Stage
    title: str | None = None
    points: int | None = None
    faults: tuple[str, ...] = ()


class Fate(StrEnum):
    """What became of one thing that was to be collected."""

    COLLECTED = "collected"
    KNOWN = "already collected"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class CollectLine:
    """One thing that was to be collected, its name made safe to print. `reason` is a sentence where there is something to say."""

    name: str
    fate: Fate
    student: str | None = None
    attempt: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CollectReport:
    """What one collection did, in the order of the source."""

    topic: str
    lines: tuple[CollectLine, ...]

    @property
    def refused(self) -> tuple[CollectLine, ...]:
        """The lines of what was not taken in."""
        return tuple(line for line in self.lines if line.fate == Fate.REFUSED)


@dataclass(frozen=True, kw_only=True)
class StudentLine:
    """What became of what counts of one student. The numbers are None until it is graded, `earned` also if the harness failed.

    `earned` is the raw mark, `final` what is left of it after lateness; `reason` says why, and which attempt counts.
    """

    student: str
    attempt: int
    what: str
    read_more: str  # a path in the workspace
    earned: float | None = None
    possible: float | None = None
    pending: float | None = None
    wall_s: float | None = None
    final: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ClassReport:
    """A topic's students, by name."""

    topic: str
    lines: tuple[StudentLine, ...]


def with_refused(report: ClassReport, collected: CollectReport) -> ClassReport:
    """Return a class's report with a line for each thing that a collection refused."""
    refused = [
        StudentLine(student=line.student or line.name, attempt=0, what=f"refused: {line.reason}", read_more=line.name)
        for line in collected.refused
    ]
    return replace(report, lines=tuple(sorted([*report.lines, *refused], key=lambda line: line.student)))
