"""Turns an instructor's decision about one student (more time, another attempt) into a record of the workspace."""

from datetime import datetime, timedelta

from grader.course import Course
from grader.errors import CourseError
from grader.lateness import Counts, Extension, shown_time
from grader.records import choose as keep_choice
from grader.records import drop_extension, keep_extension
from grader.tables import suggestion
from grader.workspace import Receipt, Workspace


def extend(
    course: Course,
    workspace: Workspace,
    topic: str,
    student: str,
    *,
    until: datetime | None = None,
    by: timedelta | None = None,
    reason: str = "",
) -> Extension:
    """Give a student more time for `topic`: `until` a moment, in the course's zone where it names none, or `by` a length past the due date.

    `CourseError` if nobody knows the student, if the topic has no due date, or if the date would not move forward.
    """
    course.check_topic(topic)
    _check_student(workspace, student)
    due = course.due_of(topic)
    if due is None:
        raise CourseError(f"{topic} has no due date, so nobody is late. Set one in [due] of assignments/course.toml.")
    if by is not None:
        until = due + by
    if until is None:
        raise CourseError("Say how much more time: --until or --by.")
    until = until.replace(tzinfo=course.zone) if until.tzinfo is None else until.astimezone(course.zone)
    if until <= due:
        raise CourseError(f"Everybody has time for {topic} until {shown_time(due)}; {shown_time(until)} is no later.")
    extension = Extension(student=student, topic=topic, until=until, reason=reason)
    keep_extension(workspace, extension)
    return extension


def take_back(course: Course, workspace: Workspace, topic: str, student: str) -> None:
    """Take a student's extension back."""
    course.check_topic(topic)
    _check_student(workspace, student)
    drop_extension(workspace, topic, student)


def choose(course: Course, workspace: Workspace, topic: str, student: str, attempt: int) -> Receipt:
    """Let `attempt` count for a student; `CourseError` if there is none such, or if the course does not count chosen attempts."""
    course.check_topic(topic)
    workspace.check()
    tries = {receipt.attempt: receipt for receipt in workspace.attempts(topic) if receipt.student == student}
    if course.attempts is not Counts.CHOSEN:
        raise CourseError(f'Here the {course.attempts} attempt counts. Set attempts = "chosen" in assignments/course.toml first.')
    if attempt not in tries:
        known = ", ".join(map(str, tries)) or "none"
        raise CourseError(f"{student} has no attempt {attempt} of {topic}; there are: {known}.")
    keep_choice(workspace, topic, student, attempt)
    return tries[attempt]


def _check_student(workspace: Workspace, student: str) -> None:
    """Raise `CourseError` unless somebody of this id is in the roster, or has handed something in."""
    workspace.check()
    known = workspace.students()
    if student not in known:
        raise CourseError(f"Nobody is called {student!r}{suggestion(student, known) or ' in roster.csv or among the submissions.'}")
