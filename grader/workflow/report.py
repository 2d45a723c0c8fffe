"""Turns the receipts and results of a topic into a report of the class."""

from pathlib import Path

from grader.course import Course
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
    return ClassReport(topic=topic, lines=tuple(_line(workspace, receipt) for receipt in workspace.submissions(topic)))


def _line(workspace: Workspace, receipt: Receipt) -> StudentLine:
    result = workspace.latest_result(receipt.topic, receipt.digest)
    if result is None:
        return StudentLine(student=receipt.student, attempt=receipt.attempt, what="not graded yet", read_more=receipt.original)
    return StudentLine(
        student=receipt.student,
        attempt=receipt.attempt,
        what=what_happened(result),
        earned=result.earned,
        possible=result.possible,
        pending=result.pending,
        wall_s=result.wall_s,
        read_more=_read_more(workspace, receipt, result).relative_to(workspace.root).as_posix(),
    )


def _read_more(workspace: Workspace, receipt: Receipt, result: Result) -> Path:
    letter = workspace.feedback_path(receipt.topic, receipt.student)
    # Without marks the letter says less than the result, which has the instructor's details.
    if result.complete and letter.is_file():
        return letter
    return workspace.result_path(receipt.topic, result.submission, result.grader, result.key, result.device)
