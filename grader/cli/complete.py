"""Turns a word half typed into the topics and students that it may become.

A shell waits for this at every press of a key: it reads what it needs by itself and leaves the course's checks to the commands.
"""

import csv
import tomllib
from pathlib import Path
from typing import Any

import click


def complete_topic(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the topics that begin with `incomplete`: of the course around this folder, else of the release in it."""
    chosen = ctx.params.get(param.name or "") or ()
    return [topic for topic in _topics(_folder(ctx, "start")) if topic.startswith(incomplete) and topic not in chosen]


def complete_student(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the students that begin with `incomplete`: who handed in, and who is in the roster."""
    chosen = ctx.params.get(param.name or "") or ()
    workspace = _folder(ctx, "workspace")
    known = {path.name for path in workspace.glob("receipts/*/*") if path.is_dir()} | set(_roster(workspace / "roster.csv"))
    return sorted(student for student in known if student.startswith(incomplete) and student not in chosen)


def _folder(ctx: click.Context, name: str) -> Path:
    """Return the folder that an option named so far, or its default: of words half typed, click may not have made a path."""
    given = ctx.params.get(name)
    default: Any = next((param.default for param in ctx.command.params if param.name == name), None)
    return Path(given or default or Path())


def _topics(start: Path) -> list[str]:
    folder = start.resolve()
    for one in (folder, *folder.parents):
        path = one / "assignments" / "course.toml"
        if path.is_file():
            return _listed(path)
    return [path.stem.removeprefix("test_") for path in sorted(folder.glob("test_*.py"))]


def _listed(path: Path) -> list[str]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return [str(topic) for unit in table["unit"] for topic in unit["topics"]]
    except (OSError, ValueError, KeyError, TypeError):  # what is wrong with the file, the commands tell
        return []


def _roster(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["id"] for row in csv.DictReader(file) if row.get("id")]
    except (OSError, ValueError, csv.Error):
        return []
