"""Turns the references of topics into their committed starters, or into what in the starters is stale."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from grader.course import Course
from grader.digests import mistakes_digest
from grader.fingerprints import FILE, digest_of
from grader.mistakes import fingerprints_file
from grader.starter import starter_files
from grader.workspace import write_atomically

SHOWN_LINES = 20  # of a difference: enough to see what it is about


class FileState(StrEnum):
    """What became of a file of the starter."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    STALE = "stale"


@dataclass(frozen=True, kw_only=True)
class BuiltFile:
    """A file of the starter; `difference` says, for a stale one, what the reference would change."""

    path: Path
    state: FileState
    difference: str = ""


@dataclass(frozen=True, kw_only=True)
class BuildReport:
    """The starter of one topic."""

    topic: str
    files: tuple[BuiltFile, ...]

    @property
    def is_stale(self) -> bool:
        """Whether some file is not what the reference generates."""
        return any(file.state is FileState.STALE for file in self.files)


def build(course: Course, topics: Sequence[str], check: bool = False) -> tuple[BuildReport, ...]:
    """Write the starter of each topic where it changed; with `check` write nothing and say what is stale.

    Nothing is written unless every starter can be made. `CourseError` names what keeps one from it.
    """
    for topic in topics:
        course.check_topic(topic)
    wanted = {topic: starter_files(course, topic) for topic in topics}
    prints = {topic: _fingerprints(course, topic, check) for topic in topics}
    return tuple(
        BuildReport(
            topic=topic,
            files=(*(_built(course.starter_dir(topic) / name, data, check) for name, data in files.items()), prints[topic]()),
        )
        for topic, files in wanted.items()
    )


def _fingerprints(course: Course, topic: str, check: bool) -> Callable[[], BuiltFile]:
    """Return what writes the fingerprints of a topic's mistakes: taken anew where a file changed that they were taken of."""
    path = course.starter_dir(topic) / FILE
    # Their numbers are floating-point results, so that another machine need not give the same bytes: the digest decides.
    if path.is_file() and digest_of(path.read_bytes()) == mistakes_digest(course, topic):
        return lambda: BuiltFile(path=path, state=FileState.UNCHANGED)
    if check:
        return lambda: BuiltFile(path=path, state=FileState.STALE)
    data = fingerprints_file(course, topic)
    return lambda: _built(path, data, check)


def _built(path: Path, data: bytes, check: bool) -> BuiltFile:
    present = path.read_bytes() if path.is_file() else b""
    if present == data and path.is_file():
        return BuiltFile(path=path, state=FileState.UNCHANGED)
    if check:
        return BuiltFile(path=path, state=FileState.STALE, difference=_difference(path.name, present, data))
    write_atomically(path, data)
    return BuiltFile(path=path, state=FileState.WRITTEN)


def _difference(name: str, present: bytes, wanted: bytes) -> str:
    """Return the start of the unified difference."""
    old, new = (data.decode("utf-8", "backslashreplace").splitlines() for data in (present, wanted))
    lines = list(islice(difflib.unified_diff(old, new, f"starter/{name}", "reference", lineterm=""), SHOWN_LINES + 1))
    return "\n".join([*lines[:SHOWN_LINES], *(["…"] if len(lines) > SHOWN_LINES else [])])
