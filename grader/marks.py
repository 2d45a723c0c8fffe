"""Turns receipts, results and an instructor's decisions into marks: raw, final, and the reason for what lies between."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from grader.assignment import WRITTEN
from grader.course import Course
from grader.digests import answer_digest, grader_digest, key_digest
from grader.lateness import Counts, Extension, lateness, taken_off
from grader.records import ManualMark, chosen, extensions, manual_marks
from grader.result import Result, State
from grader.submission import load_submission
from grader.workspace import Receipt, Workspace


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a student's work on a topic is worth. `raw`, `possible` and `final` are None until it is graded.

    `raw` holds what people gave by hand (`manual`) in place of what tests gave; `pending` are the points that nobody and nothing
    has decided yet.
    `is_stale`: the result is of an older grader or another key, so that `grader grade` would grade it again.
    """

    student: str
    topic: str
    receipt: Receipt
    attempts: int
    result: Result | None = None
    is_stale: bool = False
    raw: float | None = None
    possible: float | None = None
    pending: float = 0
    due: datetime | None = None
    extension: Extension | None = None
    late_s: int = 0
    penalty: float = 0
    final: float | None = None
    reason: str = ""
    manual: tuple[ManualMark, ...] = ()


def counting(course: Course, workspace: Workspace, topic: str) -> tuple[Receipt, ...]:
    """Return every receipt whose grading the marks of `topic` rest on, by student: with `best` all, else the one that counts."""
    if course.attempts is Counts.BEST:
        return workspace.attempts(topic)
    picks = chosen(workspace, topic) if course.attempts is Counts.CHOSEN else {}
    return tuple(_counting_one(tries, picks.get(student)) for student, tries in _by_student(workspace, topic).items())


def marks(course: Course, workspace: Workspace, topic: str) -> tuple[Mark, ...]:
    """Return the mark of every student who handed in `topic`, by student."""
    desk = _Desk(course, workspace, topic)
    return tuple(desk.mark(student, tries) for student, tries in _by_student(workspace, topic).items())


class _Desk:
    """Weighs one student after another; reads what holds for the class once."""

    def __init__(self, course: Course, workspace: Workspace, topic: str) -> None:
        self._course, self._workspace, self._topic = course, workspace, topic
        self._due = course.due_of(topic)
        self._extensions = extensions(workspace, topic)
        self._manual = manual_marks(workspace, topic)
        self._picks = chosen(workspace, topic) if course.attempts is Counts.CHOSEN else {}
        self._today = (grader_digest(course, topic), key_digest(workspace.key()))

    def mark(self, student: str, tries: Sequence[Receipt]) -> Mark:
        """Return the mark of the attempt that counts."""
        if self._course.attempts is not Counts.BEST:
            return self._weighed(_counting_one(tries, self._picks.get(student)), len(tries))
        weighed = [self._weighed(receipt, len(tries)) for receipt in tries]
        # Of equal marks the later attempt, as a student would expect of a correction.
        return max(weighed, key=lambda mark: (mark.final is not None, mark.final or 0, mark.receipt.attempt))

    def _weighed(self, receipt: Receipt, attempts: int) -> Mark:
        extension = self._extensions.get(receipt.student)
        late = lateness(self._course.late, self._due, extension, receipt.received_at)
        due = late.due.astimezone(self._course.zone) if late.due else None
        whose = f"attempt {receipt.attempt} of {attempts} counts" if attempts > 1 else ""
        blank = Mark(
            student=receipt.student, topic=self._topic, receipt=receipt, attempts=attempts,
            due=due, extension=extension, late_s=late.late_s, reason="; ".join(filter(None, [whose, late.reason])),
        )  # fmt: skip
        result = self._workspace.standing_result(self._topic, receipt.digest, *self._today)
        return blank if result is None else self._graded(blank, result, late.percent)

    def _graded(self, blank: Mark, result: Result, percent: Fraction) -> Mark:
        stale = (result.grader, result.key) != self._today
        if result.earned is None:
            return replace(blank, result=result, is_stale=stale, pending=result.pending)
        given = self._given(blank.receipt, result)
        parts = {part.part: part for part in result.parts}
        decided = sum(parts[mark.part].points for mark in given if parts[mark.part].state is State.PENDING)
        raw = _rounded(result.earned + sum(mark.points - parts[mark.part].earned for mark in given))
        penalty = taken_off(raw, percent)
        return replace(
            blank, result=result, is_stale=stale, manual=given, raw=raw, possible=_rounded(result.possible + decided),
            pending=_rounded(result.pending - decided), penalty=penalty, final=_rounded(raw - penalty),
        )  # fmt: skip

    def _given(self, receipt: Receipt, result: Result) -> tuple[ManualMark, ...]:
        """Return the marks by hand that stand: for the answer in words, if it is this very answer; else for this very submission."""
        names = {part.part for part in result.parts}
        manual = [mark for mark in self._manual.get(receipt.student, ()) if mark.part in names]
        if not manual:
            return ()
        answer = answer_digest(load_submission(self._topic, self._workspace.files(receipt), {}).written)
        return tuple(mark for mark in manual if mark.answer == (answer if mark.part == WRITTEN else receipt.digest))


def _by_student(workspace: Workspace, topic: str) -> dict[str, list[Receipt]]:
    found: defaultdict[str, list[Receipt]] = defaultdict(list)
    for receipt in workspace.attempts(topic):
        found[receipt.student].append(receipt)
    return dict(found)


def _counting_one(tries: Sequence[Receipt], pick: int | None) -> Receipt:
    return next((receipt for receipt in tries if receipt.attempt == pick), tries[-1])


def _rounded(points: float) -> float:
    return round(points, 2)
