"""Turns the answers to the concept questions into exact points."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import Field, with_config

from grader.errors import CourseError
from grader.tables import STRICT, check_table, read_table, refuse

Answer = tuple[str, ...] | float
"""The picked options of a choose-all question, or the number of a numeric one; the empty tuple is no answer."""


class QuestionKind(StrEnum):
    """How a question is answered: by choosing all right options, or by a number."""

    CHOOSE = "choose"
    NUMERIC = "numeric"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Question:
    """A concept question, as students read it."""

    id: str
    text: str
    points: int
    covers: tuple[str, ...] = ()
    kind: QuestionKind = QuestionKind.CHOOSE
    options: Mapping[str, str] = field(default_factory=dict)


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Key:
    """The answer to a question, withheld: its right options, or a value and how far from it an answer may lie."""

    explanation: str
    right: tuple[str, ...] = ()
    value: float | None = None
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class QuestionScore:
    """What one question earned, exactly."""

    id: str
    points: int
    earned: Fraction


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class _QuizFile:
    questions: Annotated[tuple[Question, ...], Field(alias="question")]


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class _KeyFile:
    keys: Mapping[str, Key]


def read_quiz(path: Path) -> tuple[Question, ...]:
    """Return the questions of a `quiz.toml`; `CourseError` lists every fault."""
    checked = check_table(_QuizFile, read_table(path))
    questions = checked.value.questions if checked.value else ()
    repeated = [f"question: {name!r} occurs {count} times" for name, count in Counter(q.id for q in questions).items() if count > 1]
    refuse(path, [*checked.faults, *repeated, *(fault for question in questions for fault in _question_faults(question))])
    return questions


def read_answers_key(path: Path) -> Mapping[str, Key]:
    """Return the key of a `quiz_answers.toml` by question id; `CourseError` lists every fault."""
    checked = check_table(_KeyFile, {"keys": read_table(path)})
    keys = checked.value.keys if checked.value else {}
    faults = [fault.removeprefix("keys.") for fault in checked.faults]
    refuse(path, [*faults, *(fault for name, key in keys.items() for fault in _key_faults(name, key))])
    return keys


def key_faults(questions: tuple[Question, ...], keys: Mapping[str, Key]) -> list[str]:
    """Return where `keys` does not fit `questions`, one sentence each: neither file alone can tell."""
    found = [f"{name}: there is no such question in quiz.toml" for name in keys.keys() - {question.id for question in questions}]
    for question in questions:
        key = keys.get(question.id)
        if key is None:
            found.append(f"{question.id}: is missing, expected the answer to the question of quiz.toml")
        elif (question.kind == QuestionKind.NUMERIC) != (key.value is not None):
            found.append(f"{question.id}: the question is {question.kind}, expected {_wanted(question.kind)}")
        elif question.kind == QuestionKind.CHOOSE:
            found += _option_faults(question, key)
    return found


def score_quiz(questions: tuple[Question, ...], keys: Mapping[str, Key], answers: Mapping[str, Answer]) -> tuple[QuestionScore, ...]:
    """Score each question exactly; `CourseError` if `keys` does not fit `questions`. Stray answers are ignored."""
    if faults := key_faults(questions, keys):
        raise CourseError("quiz_answers.toml does not fit quiz.toml:", sorted(faults))
    return tuple(
        QuestionScore(
            id=question.id,
            points=question.points,
            earned=question.points * _share(question, keys[question.id], answers),
        )
        for question in questions
    )


def _share(question: Question, key: Key, answers: Mapping[str, Answer]) -> Fraction:
    answer = answers.get(question.id, ())
    if key.value is not None:
        return Fraction(not isinstance(answer, tuple) and _near(answer, key.value, key.tolerance or 0.0))
    picks = set(answer) if isinstance(answer, tuple) else set()
    right = set(key.right)
    # A pick that is no option counts as a wrong one: else guessing names would be free.
    share = Fraction(len(picks & right), len(right)) - Fraction(len(picks - right), len(question.options) - len(right))
    return max(Fraction(0), share)


def _near(answer: float, value: float, tolerance: float) -> bool:
    """Compare in decimal, as written: 2.3 is within 0.1 of 2.2, which binary fractions deny."""
    return abs(Fraction(repr(answer)) - Fraction(repr(value))) <= Fraction(repr(tolerance))


def _question_faults(question: Question) -> Iterator[str]:
    where = f"question ({question.id})"
    if not question.id.isidentifier() or not question.id.isascii():
        yield f"question: the id {question.id!r} is no name, expected letters, digits and _"
    if not question.text.strip():
        yield f"{where}.text: is empty"
    if question.points < 1:
        yield f"{where}.points: found {question.points}, expected at least 1"
    if any(not item.strip() for item in question.covers):
        yield f"{where}.covers: an item is empty"
    if question.kind == QuestionKind.NUMERIC and question.options:
        yield f"{where}.options: a numeric question has none"
    if question.kind == QuestionKind.CHOOSE and len(question.options) < 2:
        yield f"{where}.options: found {len(question.options)}, expected at least one right and one wrong"


def _key_faults(name: str, key: Key) -> Iterator[str]:
    if not key.explanation.strip():
        yield f"{name}.explanation: is empty"
    if bool(key.right) == (key.value is not None):
        yield f"{name}: expected either right = [...] or value = … and tolerance = …"
    if (key.value is None) != (key.tolerance is None):
        yield f"{name}: value and tolerance stand together"
    if key.tolerance is not None and key.tolerance < 0:
        yield f"{name}.tolerance: found {key.tolerance:g}, expected 0 or more"
    if len(set(key.right)) != len(key.right):
        yield f"{name}.right: an option is listed twice"


def _wanted(kind: QuestionKind) -> str:
    return "value and tolerance" if kind == QuestionKind.NUMERIC else "right options"


def _option_faults(question: Question, key: Key) -> Iterator[str]:
    if unknown := set(key.right) - question.options.keys():
        yield f"{question.id}.right: {', '.join(sorted(unknown))} is no option of the question"
    if set(key.right) >= question.options.keys():
        yield f"{question.id}.right: every option is right, expected at least one wrong"
