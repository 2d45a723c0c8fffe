"""Turns what an instructor decides about one student (more time, an attempt, a mark by hand) into files of the workspace, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from grader.errors import CourseError, HarnessError
from grader.lateness import Extension
from grader.sheets import Row, read_sheet, sheet
from grader.workspace import Workspace, write_atomically

EXTENSIONS, CHOSEN = "extensions.csv", "chosen.csv"


@dataclass(frozen=True, kw_only=True)
class ManualMark:
    """What a person gave for a part of one answer. `answer` digests its text: another answer needs another look."""

    student: str
    topic: str
    part: str
    answer: str
    points: float
    comment: str = ""


def extensions(workspace: Workspace, topic: str) -> dict[str, Extension]:
    """Return who has more time for `topic`; `CourseError` names the faulty line of extensions.csv."""
    found = {}
    for row in _rows(workspace, EXTENSIONS, ("topic", "student", "until", "reason")):
        until = _moment(workspace, row)
        if row.cells["topic"] == topic:
            student = row.cells["student"]
            found[student] = Extension(student=student, topic=topic, until=until, reason=row.cells["reason"])
    return found


def keep_extension(workspace: Workspace, extension: Extension) -> None:
    """Give a student more time, in place of what was given before."""
    row = {**asdict(extension), "until": extension.until.isoformat()}
    _replace(workspace, EXTENSIONS, ("topic", "student", "until", "reason"), extension.topic, extension.student, row)


def drop_extension(workspace: Workspace, topic: str, student: str) -> None:
    """Take a student's extension back; nothing happens where there is none."""
    _replace(workspace, EXTENSIONS, ("topic", "student", "until", "reason"), topic, student, None)


def chosen(workspace: Workspace, topic: str) -> dict[str, int]:
    """Return which attempt was chosen for whom; `CourseError` names the faulty line of chosen.csv."""
    rows = _rows(workspace, CHOSEN, ("topic", "student", "attempt"))
    return {row.cells["student"]: _attempt(workspace, row) for row in rows if row.cells["topic"] == topic}


def choose(workspace: Workspace, topic: str, student: str, attempt: int) -> None:
    """Let `attempt` count for a student, whatever comes after it."""
    row = {"topic": topic, "student": student, "attempt": attempt}
    _replace(workspace, CHOSEN, ("topic", "student", "attempt"), topic, student, row)


def manual_marks(workspace: Workspace, topic: str) -> dict[str, tuple[ManualMark, ...]]:
    """Return what people gave by hand, by student."""
    found: dict[str, tuple[ManualMark, ...]] = {}
    for path in sorted((workspace.root / "manual" / topic).glob("[!.]*.json")):
        try:
            records: list[dict[str, Any]] = json.loads(path.read_bytes())
            found[path.stem] = tuple(ManualMark(**record) for record in records)
        except (OSError, ValueError, TypeError) as error:
            raise HarnessError(f"{path} holds no manual marks: {error}. Restore it from a backup.") from error
    return found


def keep_manual_marks(workspace: Workspace, topic: str, student: str, marks: tuple[ManualMark, ...]) -> None:
    """Keep everything that was given to a student by hand for `topic`."""
    path = workspace.root / "manual" / topic / f"{student}.json"
    write_atomically(path, json.dumps([asdict(mark) for mark in marks], indent=1, ensure_ascii=False).encode() + b"\n")


def _rows(workspace: Workspace, name: str, columns: tuple[str, ...]) -> list[Row]:
    path = workspace.root / name
    return read_sheet(path, columns) if path.exists() else []


def _replace(workspace: Workspace, name: str, columns: tuple[str, ...], topic: str, student: str, row: Mapping[str, object] | None) -> None:
    kept = [old.cells for old in _rows(workspace, name, columns) if (old.cells["topic"], old.cells["student"]) != (topic, student)]
    if row is not None or (workspace.root / name).exists():
        write_atomically(workspace.root / name, sheet(columns, [*kept, *([row] if row else [])]))


def _moment(workspace: Workspace, row: Row) -> datetime:
    try:
        moment = datetime.fromisoformat(row.cells["until"])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        where = f"{workspace.root / EXTENSIONS}, line {row.line}"
        raise CourseError(f"{where}: until is '{row.cells['until']}', expected a time with its zone, such as 2026-11-30T23:59+08:00.")
    return moment


def _attempt(workspace: Workspace, row: Row) -> int:
    if not row.cells["attempt"].isdecimal():
        raise CourseError(f"{workspace.root / CHOSEN}, line {row.line}: the attempt is '{row.cells['attempt']}', expected a number.")
    return int(row.cells["attempt"])
