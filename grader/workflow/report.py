"""Turns the receipts and results of a topic into a report of the class."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from grader.assignment import load_assignment
from grader.census import Census, census
from grader.course import Course
from grader.marks import Mark, marks
from grader.reports import ClassReport, StudentLine
from grader.result import Result
from grader.summary import what_happened
from grader.workspace import Receipt, Workspace


def report(course: Course, workspace: Workspace, topic: str) -> ClassReport:
    """Report on every student who handed in `topic`, by name, from the latest result of what counts.

    `CourseError` if there is no such topic or workspace.
    """
    course.check_topic(topic)
    workspace.check()
    return ClassReport(topic=topic, lines=tuple(_line(workspace, mark) for mark in marks(course, workspace, topic)))


def class_census(course: Course, workspace: Workspace, topic: str, now: datetime, folder: Path) -> Census:
    """Count the class for its page in `folder`, which links to the students' pages from there.

    `CourseError` if there is no such topic or workspace.
    """
    course.check_topic(topic)
    workspace.check()
    found = marks(course, workspace, topic)
    return census(
        course.name,
        load_assignment(course, topic),
        found,
        made_at=now,
        due=course.due_of(topic),
        refused=workspace.refused(topic),
        roster=workspace.roster(),
        links=dict(_links(workspace, found, folder)),
    )


def _links(workspace: Workspace, found: tuple[Mark, ...], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each student who has a page, and the way to it."""
    for mark in found:
        page = workspace.feedback_path(mark.topic, mark.student).with_suffix(".html")
        if page.is_file():
            yield mark.student, quote(Path(os.path.relpath(page.resolve(), folder.resolve())).as_posix())


def _line(workspace: Workspace, mark: Mark) -> StudentLine:
    receipt, result = mark.receipt, mark.result
    if result is None:
        return StudentLine(
            student=mark.student, attempt=receipt.attempt, what="not graded yet", read_more=receipt.original, reason=mark.reason
        )
    return StudentLine(
        student=mark.student,
        attempt=receipt.attempt,
        what=what_happened(result),
        earned=mark.raw,
        possible=mark.possible if mark.raw is not None else result.possible,
        pending=mark.pending,
        wall_s=result.wall_s,
        read_more=_read_more(workspace, receipt, result).relative_to(workspace.root).as_posix(),
        final=mark.final,
        reason=mark.reason,
    )


def _read_more(workspace: Workspace, receipt: Receipt, result: Result) -> Path:
    letter = workspace.feedback_path(receipt.topic, receipt.student)
    # Without marks the letter says less than the result, which has the instructor's details.
    if result.complete and letter.is_file():
        return letter
    return workspace.result_path(receipt.topic, result.submission, result.grader, result.key, result.device)
