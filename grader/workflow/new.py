"""Turns the name of a topic that nobody has written into files that load and build."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from grader.course import Course
from grader.errors import CourseError
from grader.skeleton import skeleton
from grader.workspace import write_atomically


def new(course: Course, topic: str, title: str | None = None) -> Sequence[Path]:
    """Write a topic's first files, and return their paths in the course. `CourseError` where there is anything of it already."""
    course.check_name(topic)
    for folder in (course.assignment_dir(topic), course.solution_dir(topic)):
        if folder.exists():
            raise CourseError(f"{folder.relative_to(course.root)} is there already. Nothing was written.")
    files = skeleton(topic, title or topic.replace("_", " ").capitalize(), _items(course, topic))
    for path, text in files.items():
        write_atomically(course.root / path, text.encode())
    return tuple(files)


def _items(course: Course, topic: str) -> dict[str, list[str]]:
    """Return what coverage.tsv asks of a topic, by kind."""
    items: defaultdict[str, list[str]] = defaultdict(list)
    with (course.root / "assignments" / "coverage.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["slug"] == topic:
                items[row["kind"]].append(row["item"])
    return items
