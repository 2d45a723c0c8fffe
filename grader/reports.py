"""Turns what a command found into frozen lines, which `render` shows."""

from dataclasses import dataclass, replace
from datetime import datetime
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
    UNKNOWN = "not in the roster"
    IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True)
class CollectLine:
    """One hand-in that was to be collected, its name made safe to print. `reason` is a sentence where there is something to say.

    `late_s` is None where nothing is due; a hand-in that was there already keeps the time at which it was received first.
    """

    name: str
    fate: Fate
    student: str | None = None
    attempt: int | None = None
    reason: str = ""
    received_at: datetime | None = None
    late_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class CollectReport:
    """What one collection did, in the order of the source, and who of the roster is missing. `notes` are about all of it."""

    topic: str
    lines: tuple[CollectLine, ...]
    roster: int | None = None  # people in it; None without a roster.csv
    missing: tuple[str, ...] = ()
    enrolled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[CollectLine, ...]:
        """The lines of what was not taken in."""
        return tuple(line for line in self.lines if line.fate == Fate.REFUSED)

    @property
    def unknown(self) -> tuple[CollectLine, ...]:
        """The lines of what nobody in the roster handed in."""
        return tuple(line for line in self.lines if line.fate == Fate.UNKNOWN)


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


class Ability(StrEnum):
    """Whether this machine has a thing: as it should be, enough to go on with, or not at all."""

    OK = "ok"
    LIMITED = "limited"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that this machine has, or lacks. `advice` is a sentence, `commands` are lines for a shell that mend it."""

    name: str
    state: Ability
    found: str
    advice: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DoctorReport:
    """What this machine can do: grade in a sandbox, and run the public checks. `workers` is how many it grades side by side."""

    findings: tuple[Finding, ...]
    can_grade: bool
    can_check: bool
    must_grade: bool  # on Linux in a course's repository; elsewhere checks are all that is asked
    workers: int

    @property
    def is_fit(self) -> bool:
        """Whether it can do what it is asked."""
        return self.can_grade or (self.can_check and not self.must_grade)

    @property
    def commands(self) -> tuple[str, ...]:
        """Every command that mends something, each once, in the order of the findings."""
        return tuple(dict.fromkeys(command for finding in self.findings for command in finding.commands))


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """A task as a table shows it: its parts with their points, its tests, and how many wrong and slow files some test of it caught."""

    entry: str
    parts: str
    public_tests: int
    hidden_tests: int
    caught: int


@dataclass(frozen=True, kw_only=True)
class LimitLine:
    """A limit of time as a multiple of the reference's, the correct submission that comes nearest, and the slow file that must not pass.

    `slow_found` is None where the slow file ran out of the test's time before it could be compared.
    """

    part: str
    limit: float
    nearest: str
    nearest_found: float
    slow: str
    slow_found: float | None
