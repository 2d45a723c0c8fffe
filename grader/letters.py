"""Turns a mark and what it rests on into a letter: everything that its student may know, and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from grader.assignment import WRITTEN, Assignment
from grader.failures import Failed, failed
from grader.marks import Mark
from grader.quiz import Answer, Key, Question, score_quiz
from grader.result import PartScore, Result, State, Verdict
from grader.statements import statement_of
from grader.submission import Submission

VERDICTS: Mapping[Verdict, str] = {
    Verdict.WRONG: "wrong",
    Verdict.RAISED: "did not answer",
    Verdict.MISSING: "not written yet",
    Verdict.TIMEOUT: "out of time",
    Verdict.MEMORY: "out of memory",
    Verdict.OUTPUT: "printed too much",
    Verdict.PROCESSES: "too many processes",
    Verdict.DISK: "wrote too much to disk",
    Verdict.FORBIDDEN: "forbidden here",
    Verdict.INVALID: "no usable answer",
    Verdict.FORGED: "no usable answer",
}
STATES: Mapping[State, str] = {
    State.EARNED: "earned",
    State.PARTIAL: "partly earned",
    State.LOST: "lost",
    State.BLOCKED: "waits for its task's correctness",
    State.PENDING: "not decided yet",
}


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What every letter about a topic is made with, read once for a class."""

    course: str
    assignment: Assignment
    zone: tzinfo = UTC
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statements: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    keys: Mapping[str, Key] = field(default_factory=dict)
    is_explained: bool = False  # whether answers and explanations of the quiz may go out
    explained_from: datetime | None = None  # when they may, where that is known


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The figure drawn with a student's code, as PNG, or a sentence why there is none."""

    png: bytes = b""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """A part and what became of its points, a mark by hand included."""

    part: str
    points: int
    earned: float
    state: State
    words: str

    @property
    def percent(self) -> float:
        """How much of its points was earned."""
        return 100 * self.earned / self.points if self.points else 0


@dataclass(frozen=True, kw_only=True)
class FailureLine:
    """What did not pass, as its student reads it: what was claimed, and what was found. `is_missing`: the whole task is not there."""

    verdict: str
    message: str
    kind: str = ""
    test: str = ""  # the name of a published test, as pytest takes it; empty for a hidden one
    count: int = 1
    claim: str = ""
    more: str = ""
    suspected: str = ""
    is_missing: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """A task that is not all right yet: its failures, and the hints to open. `start` is the hint that a check named.

    `suspected` is the mistake that every suspicion of the task is about; where there are several, each stands with its failure.
    """

    entry: str
    failures: tuple[FailureLine, ...]
    suspected: str = ""
    hints: tuple[str, ...] = ()
    start: int | None = None


@dataclass(frozen=True, kw_only=True)
class Pick:
    """An option of a question: whether it was picked and, once that may be told, whether it is right."""

    name: str
    text: str
    is_picked: bool
    is_right: bool | None = None


@dataclass(frozen=True, kw_only=True)
class QuestionLine:
    """A question with the student's answer and what it earned; `explanation` is None until it may be told."""

    text: str
    points: int
    earned: float
    picks: tuple[Pick, ...] = ()
    strange: tuple[str, ...] = ()  # picked, and no option
    number: float | None = None
    value: float | None = None
    is_numeric: bool = False
    is_answered: bool = True
    explanation: str | None = None


@dataclass(frozen=True, kw_only=True)
class WrittenLine:
    """The question in words, the student's text, and what a person gave for it: None until somebody has."""

    question: str
    answer: str
    points: int
    earned: float | None
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a student reads about their work on a topic. Where grading failed, `is_graded` is false and there is nothing to read."""

    brief: Brief
    mark: Mark
    name: str
    is_graded: bool
    trouble: str = ""  # why nothing at all could be tested
    parts: tuple[PartLine, ...] = ()
    tasks: tuple[TaskLine, ...] = ()
    questions: tuple[QuestionLine, ...] = ()
    written: WrittenLine | None = None
    drawing: Drawing | None = None
    left_out: tuple[str, ...] = ()


def letter(brief: Brief, mark: Mark, submission: Submission, *, name: str = "", drawing: Drawing | None = None) -> Letter:
    """Return the letter about a mark. `ValueError` if nothing was graded."""
    result = mark.result
    if result is None:
        raise ValueError(f"{mark.student} has no result of {mark.topic}")
    if not result.complete or mark.raw is None:
        return Letter(brief=brief, mark=mark, name=name, is_graded=False)
    trouble = _trouble(result)
    parts = tuple(_parts(mark, result))
    return Letter(
        brief=brief,
        mark=mark,
        name=name,
        is_graded=True,
        trouble=trouble,
        parts=parts,
        tasks=() if trouble else tuple(_tasks(brief, result)),
        questions=tuple(_questions(brief, submission.answers)),
        written=_written(brief.assignment, parts, mark, submission),
        drawing=drawing,
        left_out=submission.left_out,
    )


def _trouble(result: Result) -> str:
    """Return why the file as a whole could not be used: then every test says the same, and one sentence is enough."""
    tests = [test for test in result.tests if test.verdict is not Verdict.PENDING]
    said = {test.message.partition("\n")[0] for test in tests}
    if len(said) == 1 and all(test.verdict is Verdict.INVALID for test in tests):
        return max((test.message for test in tests), key=len)
    return ""


def _parts(mark: Mark, result: Result) -> Iterator[PartLine]:
    given = {manual.part: manual for manual in mark.manual}
    for part in result.parts:
        manual = given.get(part.part)
        earned = part.earned if manual is None else manual.points
        state = part.state if manual is None else _state(earned, part.points)
        yield PartLine(part=part.part, points=part.points, earned=earned, state=state, words=_words(part, state, by_hand=bool(manual)))


def _state(earned: float, points: float) -> State:
    if earned >= points:
        return State.EARNED
    return State.PARTIAL if earned > 0 else State.LOST


def _words(part: PartScore, state: State, *, by_hand: bool) -> str:
    if by_hand:
        return f"{STATES[state]}, marked by hand"
    if state is State.PENDING:
        return "waits for a person to read it" if part.part == WRITTEN else "waits for a GPU"
    return STATES[state]


def _tasks(brief: Brief, result: Result) -> Iterator[TaskLine]:
    """Yield each task with failures, in the order of the assignment; the student's pieces together come last."""
    found: dict[str, list[Failed]] = {}
    for one in failed(result.tests):
        found.setdefault(one.part.rpartition(".")[0] or one.part, []).append(one)
    order = [task.entry for task in brief.assignment.tasks]
    for entry, failures in sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)):
        named = [one.hint for one in failures if one.hint is not None]
        suspected = {one.suspected for one in failures if one.suspected}
        yield TaskLine(
            entry=entry,
            failures=tuple(_failures(brief, failures, tell=len(suspected) > 1)),
            suspected=suspected.pop() if len(suspected) == 1 else "",
            hints=brief.hints.get(entry, ()),
            start=min(named, default=None),
        )


def _failures(brief: Brief, failures: list[Failed], *, tell: bool) -> Iterator[FailureLine]:
    if all(one.verdict is Verdict.MISSING for one in failures):
        yield _missing(failures[0])  # that nothing is there is said once
        return
    for one in failures:
        message, _, more = one.message.partition("\n")
        yield FailureLine(
            kind=one.part.rpartition(".")[2] if "." in one.part else "",
            verdict=VERDICTS.get(one.verdict, one.verdict.value),
            test=one.test.partition("::")[2],
            count=one.count,
            claim=statement_of(one.test, brief.statements),
            message=message,
            more=more,
            suspected=one.suspected if tell else "",
        )


def _missing(one: Failed) -> FailureLine:
    return FailureLine(verdict=VERDICTS[Verdict.MISSING], message=one.message.partition("\n")[0], is_missing=True)


def _questions(brief: Brief, answers: Mapping[str, Answer]) -> Iterator[QuestionLine]:
    if not brief.questions:
        return
    scores = {one.id: one for one in score_quiz(brief.questions, brief.keys, answers)}
    for question in brief.questions:
        key, answer = brief.keys[question.id], answers.get(question.id, ())
        picked = answer if isinstance(answer, tuple) else ()
        yield QuestionLine(
            text=question.text,
            points=question.points,
            earned=float(scores[question.id].earned),
            picks=tuple(
                Pick(name=name, text=text, is_picked=name in picked, is_right=name in key.right if brief.is_explained else None)
                for name, text in question.options.items()
            ),
            strange=tuple(pick for pick in picked if pick not in question.options),
            number=None if isinstance(answer, tuple) else answer,
            value=key.value if brief.is_explained else None,
            is_numeric=key.value is not None,
            is_answered=answer != (),
            explanation=key.explanation if brief.is_explained else None,
        )


def _written(assignment: Assignment, parts: tuple[PartLine, ...], mark: Mark, submission: Submission) -> WrittenLine | None:
    part = next((part for part in parts if part.part == WRITTEN), None)
    if assignment.written is None or part is None:
        return None
    comment = next((manual.comment for manual in mark.manual if manual.part == WRITTEN), "")
    return WrittenLine(
        question=assignment.written.question,
        answer=submission.written,
        points=part.points,
        earned=None if part.state is State.PENDING else part.earned,
        comment=comment,
    )
