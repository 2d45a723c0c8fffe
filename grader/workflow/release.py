"""Turns topics into what students get of them: folders, or one archive, with nothing hidden in them."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course
from grader.errors import CourseError
from grader.outgoing import hidden_lines, is_outgoing, outgoing_files
from grader.workspace import write_atomically


@dataclass(frozen=True, kw_only=True)
class ReleaseReport:
    """What was released of a topic, and where to: a folder, or the archive that holds it."""

    topic: str
    path: Path
    files: tuple[str, ...]


def release(course: Course, topics: Sequence[str], to: Path, *, ci: bool = False) -> tuple[ReleaseReport, ...]:
    """Write `<to>/<topic>/` for each topic, or all of them into one archive if `to` ends in `.zip`; with `ci` also CI files.

    Only files of a fixed list go out. Nothing is written if a starter is stale, if a line of a hidden file would go
    out, or if something else than an earlier release is in the way: `CourseError` names file and line.
    """
    for topic in topics:
        course.check_topic(topic)
    outgoing = {topic: outgoing_files(course, topic, ci=ci) for topic in topics}
    faults = [fault for topic, files in outgoing.items() for fault in hidden_lines(course, topic, files)]
    if faults:
        raise CourseError("Nothing was released: it would give away what is hidden.", faults)
    if to.suffix == ".zip":
        _refuse_foreign_archive(to, topics)
        write_atomically(to, _archive(outgoing))
    else:
        for topic in topics:
            _refuse_foreign_folder(to / topic, topic)
        for topic, files in outgoing.items():
            _write_folder(to / topic, topic, files)
    return tuple(
        ReleaseReport(topic=topic, path=to if to.suffix == ".zip" else to / topic, files=tuple(sorted(files)))
        for topic, files in outgoing.items()
    )


def _refuse_foreign_folder(folder: Path, topic: str) -> None:
    """Raise `CourseError` unless `folder` is absent, empty, or holds an earlier release of `topic` and nothing else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CourseError(f"{folder} is in the way: it is no folder. Release somewhere else.")
    present = _names(folder)
    foreign = sorted(name for name in present if not is_outgoing(topic, name))
    lacking = sorted({"README.md", "assignment.toml", f"{topic}.py"} - present)
    if present and (foreign or lacking):
        reason = f"it holds {foreign[0]}" if foreign else f"it has no {lacking[0]}"
        raise CourseError(f"{folder} is not an earlier release of {topic}: {reason}. Release somewhere else, or empty it first.")


def _refuse_foreign_archive(path: Path, topics: Sequence[str]) -> None:
    """Raise `CourseError` unless `path` is absent or an archive of releases of these topics."""
    if not path.exists():
        return
    try:
        with zipfile.ZipFile(path) as archive:
            foreign = sorted(name for name in archive.namelist() if not _is_of(name, topics))
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{path} is in the way, and is no archive: {error}. Release somewhere else.") from error
    if foreign:
        raise CourseError(f"{path} is not an earlier release of {', '.join(topics)}: it holds {foreign[0]}. Release somewhere else.")


def _is_of(name: str, topics: Sequence[str]) -> bool:
    topic, _, rest = name.partition("/")
    return topic in topics and is_outgoing(topic, rest)


def _names(folder: Path) -> set[str]:
    """Return every file below `folder`, relative to it; of a folder without one its own name, for it is no part of a release."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or not any(path.iterdir())}


def _write_folder(folder: Path, topic: str, files: dict[str, bytes]) -> None:
    for name, data in sorted(files.items()):
        write_atomically(folder / name, data)
    for name in _names(folder) - files.keys():  # what an earlier release had and this one has not
        path = folder / name
        path.unlink()
        for parent in path.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()


def _archive(outgoing: dict[str, dict[str, bytes]]) -> bytes:
    """Return the archive; the same files give the same bytes, wherever it is made, so nothing is compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for topic, files in sorted(outgoing.items()):
            for name, data in sorted(files.items()):
                member = zipfile.ZipInfo(f"{topic}/{name}", (1980, 1, 1, 0, 0, 0))
                member.create_system, member.external_attr = 3, 0o100644 << 16
                archive.writestr(member, data)
    return buffer.getvalue()
