"""Turns `assignments/course.toml` into a frozen `Course`, which also knows where a topic's files lie."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, with_config

from grader.errors import CourseError
from grader.lateness import FREE, Counts, LatePolicy
from grader.limits import DEFAULT_LIMITS, Limits
from grader.tables import STRICT, check_table, read_table, refuse, suggestion


class Cuda(StrEnum):
    """What becomes of parts that need a GPU: `grade` keeps them pending until one is there, `drop` leaves them out."""

    GRADE = "grade"
    DROP = "drop"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Unit:
    """A stretch of the course: `U5`, its title and its topics in teaching order."""

    id: str
    title: str
    topics: tuple[str, ...]


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Course:
    """The course: name, units and order of topics, due dates, default limits, and the root folder of the repository."""

    root: Path
    name: str
    units: Annotated[tuple[Unit, ...], Field(alias="unit")]
    cuda: Cuda = Cuda.GRADE
    limits: Limits = DEFAULT_LIMITS
    timezone: str = "UTC"
    attempts: Counts = Counts.LAST
    due: Mapping[str, datetime] = field(default_factory=dict)
    late: LatePolicy = FREE

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic in teaching order, written or not."""
        return tuple(topic for unit in self.units for topic in unit.topics)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that due dates without one are in, and that times are shown in."""
        return ZoneInfo(self.timezone)

    def due_of(self, topic: str) -> datetime | None:
        """Return when `topic` is due, an aware time in the course's zone; None where it never is."""
        due = self.due.get(topic)
        if due is None:
            return None
        return due.replace(tzinfo=self.zone) if due.tzinfo is None else due.astimezone(self.zone)

    def assignment_dir(self, topic: str) -> Path:
        """Return the folder of what students may see."""
        return self.root / "assignments" / topic

    def solution_dir(self, topic: str) -> Path:
        """Return the folder of what is withheld from students."""
        return self.root / "solutions" / topic

    def starter_dir(self, topic: str) -> Path:
        """Return the folder of the generated stubs."""
        return self.root / "starter" / topic

    def test_files(self, topic: str) -> tuple[Path, Path]:
        """Return the public and the hidden test file of a topic."""
        return self.assignment_dir(topic) / f"test_{topic}.py", self.solution_dir(topic) / f"test_{topic}_hidden.py"

    def check_name(self, topic: str) -> None:
        """Raise `CourseError` unless `topic` is in the course, written or not."""
        if topic not in self.topics:
            raise CourseError(f"There is no topic {topic!r}{suggestion(topic, self.topics) or '; `grader topics` lists them all.'}")

    def check_topic(self, topic: str) -> None:
        """Raise `CourseError` unless `topic` is in the course and its folder exists."""
        self.check_name(topic)
        if not self.assignment_dir(topic).is_dir():
            raise CourseError(f"The topic {topic!r} is not written yet: {self.assignment_dir(topic)} does not exist.")


def load_course(start: Path) -> Course:
    """Return the course whose repository holds `start`; `CourseError` lists every fault of its file."""
    path = _find(start)
    checked = check_table(Course, read_table(path), {"root": str(path.parent.parent)})
    course = checked.value
    refuse(path, [*checked.faults, *(_faults(course) if course else ())])
    assert course is not None
    return course


def _find(start: Path) -> Path:
    start = start.resolve()
    for folder in (start, *start.parents):
        path = folder / "assignments" / "course.toml"
        if path.is_file():
            return path
    raise CourseError(f"There is no assignments/course.toml in {start} or above it. Run this inside the course's repository.")


def _faults(course: Course) -> list[str]:
    found = [f"limits.{fault}" for fault in course.limits.faults()]
    found += [f"unit: {unit!r} occurs {count} times" for unit, count in Counter(unit.id for unit in course.units).items() if count > 1]
    found += [f"unit: {topic!r} is listed {count} times" for topic, count in Counter(course.topics).items() if count > 1]
    found += [f"late.{fault}" for fault in course.late.faults()]
    found += [f"due: there is no topic {topic!r}{suggestion(topic, course.topics)}" for topic in course.due.keys() - set(course.topics)]
    found += [] if _is_zone(course.timezone) else [f"timezone: found {course.timezone!r}, expected a name such as 'Asia/Taipei' or 'UTC'"]
    found += [f"unit: {topic!r} is no topic name, expected small letters, digits and _" for topic in course.topics if not _is_name(topic)]
    return found


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # of a folder's name, OSError
        return False
    return True


def _is_name(topic: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,63}", topic) is not None
