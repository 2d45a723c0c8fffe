"""Turns marks into entries of a book, and what people gave by hand in a book into marks of the workspace."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from grader.assignment import WRITTEN
from grader.digests import answer_digest
from grader.lateness import utc
from grader.marks import Mark
from grader.records import ManualMark
from grader.result import State
from grader.submission import Submission

COMMENT = ".comment"
"""Behind the name of a part: a comment without points, which marks no part and is kept all the same."""


class Entered(StrEnum):
    """What became of an entry. `MARKED` was not written: somebody has given marks by hand since they were last looked at."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MARKED = "marked"


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a person gave a part by hand, extra credit included. Without `points` it is a comment alone."""

    points: float | None
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a book holds of one student's work on a topic; scores and what was given by hand are by part, a score of None waits.

    `submission` and `answer` digest what was handed in and the answer in words: what was given by hand was given for these.
    """

    student: str
    submission: str
    answer: str
    received_at: datetime
    penalty: float
    scores: Mapping[str, float | None]
    extension: timedelta | None = None
    given: Mapping[str, Given] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A topic of a book: when it is due, the points of its parts, who handed in, and what is to be entered."""

    topic: str
    due: datetime | None
    points: Mapping[str, float]
    students: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Marked:
    """What people gave one submission by hand, by part: when we last looked (`before`), and `now`."""

    student: str
    submission: str
    answer: str
    before: Mapping[str, Given]
    now: Mapping[str, Given]


def entry(mark: Mark, submission: Submission, kept: Iterable[ManualMark], due: datetime | None) -> Entry:
    """Return what a book is to hold of a graded `mark`; of the marks `kept` of its student those count that are for this work."""
    assert mark.result is not None
    answer = answer_digest(submission.written)
    given: dict[str, Given] = {}
    for one in kept:
        part = one.part.removesuffix(COMMENT)
        if one.answer == (answer if part == WRITTEN else mark.receipt.digest):
            given[part] = Given(points=None if one.part.endswith(COMMENT) else one.points, comment=one.comment)
    extended = mark.extension is not None and due is not None and mark.extension.until > due
    return Entry(
        student=mark.student,
        submission=mark.receipt.digest,
        answer=answer,
        received_at=mark.receipt.received_at,
        penalty=mark.penalty,
        scores={part.part: None if part.state is State.PENDING else part.earned for part in mark.result.parts},
        extension=utc(mark.extension.until) - utc(due) if extended and mark.extension and due else None,
        given=given,
    )


def merged(kept: Iterable[ManualMark], marked: Marked, topic: str) -> tuple[ManualMark, ...]:
    """Return the marks by hand to keep of a student: those `kept`, and over them what people changed in the book since.

    What was taken back in the book is dropped; what was given for another answer stays.
    """
    changed = {part for part in marked.before.keys() | marked.now.keys() if marked.before.get(part) != marked.now.get(part)}
    stay = [one for one in kept if one.part.removesuffix(COMMENT) not in changed or one.answer != _answer(marked, one.part)]
    return (*stay, *(_manual(marked, topic, part, marked.now[part]) for part in sorted(changed & marked.now.keys())))


def earlier(kept: Iterable[ManualMark], answer: str) -> tuple[ManualMark, ...]:
    """Return what was given for other answers in words than `answer`."""
    return tuple(one for one in kept if one.part.removesuffix(COMMENT) == WRITTEN and one.answer != answer)


def _manual(marked: Marked, topic: str, part: str, given: Given) -> ManualMark:
    name = part if given.points is not None else f"{part}{COMMENT}"
    answer = _answer(marked, part)
    return ManualMark(student=marked.student, topic=topic, part=name, answer=answer, points=given.points or 0, comment=given.comment)


def _answer(marked: Marked, part: str) -> str:
    """Return what a mark for `part` was given for: the answer in words, else the very submission."""
    return marked.answer if part.removesuffix(COMMENT) == WRITTEN else marked.submission
