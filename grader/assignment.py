"""Turns a topic's `assignment.toml` into a frozen `Assignment`, or into the list of all its faults."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, with_config

from grader.course import Course
from grader.errors import CourseError
from grader.limits import DEFAULT_LIMITS, Limits
from grader.quiz import Question, read_quiz
from grader.tables import STRICT, check_table, read_table, refuse
from grader.task import Kind, Speed, Task, covers_faults, is_definition, needed, points_faults, task_faults

__all__ = [
    "Assignment",
    "Figure",
    "Integration",
    "Kind",
    "Limits",
    "Part",
    "Quiz",
    "Speed",
    "Task",
    "Written",
    "load_assignment",
    "read_assignment",
]

ALL_POINTS = 100
QUIZ, WRITTEN = "quiz", "written"
"""The parts that no test decides."""

MOST_POINTS_OF_PERFORMANCE = 20


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Integration:
    """The student's own pieces together."""

    points: int
    covers: Mapping[str, str] = field(default_factory=dict)


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Quiz:
    """Points of the concept questions; the questions stand in `quiz.toml`."""

    points: int


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Written:
    """A question that is answered in words. A person marks the answer; until then its points are pending."""

    question: str
    points: int
    covers: tuple[str, ...] = ()


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Figure:
    """The text alternative of the picture drawn with the student's code."""

    alt: str
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something with a name that earns its points whole or not at all: `attend.gradient`, `integration`, `quiz`.

    The points of `quiz` and `written` come from answers, not from tests.
    """

    name: str
    points: int
    entry: str | None = None
    kind: Kind | None = None

    @property
    def is_tested(self) -> bool:
        """Whether tests decide it."""
        return self.name not in (QUIZ, WRITTEN)


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A topic's tasks, points and limits, complete and checked."""

    topic: str
    title: Mapping[str, str]
    tasks: Annotated[tuple[Task, ...], Field(alias="task")]
    prerequisites: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    integration: Integration | None = None
    quiz: Quiz | None = None
    written: Written | None = None
    figure: Figure | None = None

    def task(self, entry: str) -> Task:
        """Return the task of `entry`; `KeyError` if there is none."""
        for task in self.tasks:
            if task.entry == entry:
                return task
        raise KeyError(entry)

    def needs_of(self, entry: str) -> tuple[str, ...]:
        """Return what `entry` may call of the other tasks, transitively, in the order of the tasks."""
        return needed(entry, self.tasks)

    def parts(self) -> tuple[Part, ...]:
        """Return every part in the order of the file: tasks by kind, then integration, quiz, written. They sum to 100."""
        parts = [
            Part(name=f"{task.entry}.{kind}", points=task.points[kind], entry=task.entry, kind=kind)
            for task in self.tasks
            for kind in Kind
            if kind in task.points
        ]
        if self.integration:
            parts.append(Part(name="integration", points=self.integration.points))
        if self.quiz:
            parts.append(Part(name=QUIZ, points=self.quiz.points))
        if self.written:
            parts.append(Part(name=WRITTEN, points=self.written.points))
        return tuple(parts)


def load_assignment(course: Course, topic: str) -> Assignment:
    """Return the assignment of `topic`; `CourseError` if there is no such topic, or with every fault of its files."""
    course.check_topic(topic)
    return read_assignment(course.assignment_dir(topic) / "assignment.toml", topic, course.limits)


def read_assignment(path: Path, topic: str, limits: Limits = DEFAULT_LIMITS) -> Assignment:
    """Return the assignment of the file `path`, its limits on top of `limits`; `CourseError` lists every fault."""
    table = read_table(path)
    topic_limits = _merged(table.get("limits"), limits)
    checked_limits = check_table(Limits, topic_limits) if isinstance(topic_limits, dict) else None
    base = (checked_limits.value if checked_limits else None) or limits
    checked = check_table(Assignment, {**table, "limits": topic_limits, **_tasks(table, base)}, {"topic": topic})
    assignment = checked.value
    questions, quiz_faults = _questions(path.parent / "quiz.toml")
    faults = [*checked.faults, *quiz_faults]
    if assignment:
        faults += _faults(assignment)
        faults += [] if "points" in checked.faulty_keys else _points_faults(assignment)
        faults += [] if "quiz" in checked.faulty_keys or quiz_faults else _quiz_faults(assignment.quiz, questions)
    refuse(path, faults)
    assert assignment is not None
    return assignment


def _merged(own: Any, base: Limits) -> Any:
    if own is None:
        return asdict(base)
    return {**asdict(base), **own} if isinstance(own, dict) else own  # what is no table is left for the check to name


def _tasks(table: Mapping[str, Any], base: Limits) -> dict[str, Any]:
    tasks = table.get("task")
    if not isinstance(tasks, list):
        return {}
    return {"task": [{**task, "limits": _merged(task.get("limits"), base)} if isinstance(task, dict) else task for task in tasks]}


def _faults(assignment: Assignment) -> list[str]:
    tasks, known = assignment.tasks, assignment.limits.faults()
    found = [*_title_faults(assignment.title), *_given_faults(assignment), *(f"limits.{fault}" for fault in known)]
    found += [f"task: {entry!r} occurs {count} times" for entry, count in Counter(task.entry for task in tasks).items() if count > 1]
    found += [f"prerequisites: {assignment.topic!r} cannot come before itself"] if assignment.topic in assignment.prerequisites else []
    for number, task in enumerate(tasks, start=1):
        limits = [f"limits.{fault}" for fault in task.limits.faults() if fault not in known]  # the topic's are said once
        found += [f"task {number} ({task.entry}).{fault}" for fault in (*task_faults(task, tasks, assignment.given), *limits)]
    if assignment.integration:
        found += [f"integration.{fault}" for fault in covers_faults(assignment.integration.covers)]
    if assignment.figure and not assignment.figure.alt.strip():
        found.append("figure.alt: is empty, expected what the picture shows, in words")
    if assignment.written and not assignment.written.question.strip():
        found.append("written.question: is empty")
    return found


def _title_faults(title: Mapping[str, str]) -> Iterator[str]:
    for language in ("en", "zh"):
        if not title.get(language, "").strip():
            yield f"title.{language}: is missing"
    for language in title.keys() - {"en", "zh"}:
        yield f"title.{language}: no such key. Allowed: en, zh"


def _given_faults(assignment: Assignment) -> Iterator[str]:
    entries = {task.entry for task in assignment.tasks}
    for name, count in Counter(assignment.given).items():
        if not is_definition(name):
            yield f"given: {name!r} is no name of a definition, expected 'name' or 'Class.method'"
        if count > 1:
            yield f"given: {name!r} is listed {count} times"
        if name in entries:
            yield f"given: {name!r} is also a task; what is given ships as it stands, so students cannot write it"
        if "." in name and name.partition(".")[0] in assignment.given:
            yield f"given: {name!r} is part of the class {name.partition('.')[0]!r}, which is given whole"


def _points_faults(assignment: Assignment) -> Iterator[str]:
    if assignment.integration:
        yield from points_faults("integration.points", assignment.integration.points)
    if assignment.quiz:
        yield from points_faults("quiz.points", assignment.quiz.points)
    if assignment.written:
        yield from points_faults("written.points", assignment.written.points)
    total = sum(part.points for part in assignment.parts())
    if total != ALL_POINTS:
        yield f"points: the parts of all tasks, integration, quiz and written sum to {total}, expected {ALL_POINTS}"
    performance = sum(part.points for part in assignment.parts() if part.kind == Kind.PERFORMANCE)
    if performance > MOST_POINTS_OF_PERFORMANCE:
        yield f"points: performance has {performance} in all, expected at most {MOST_POINTS_OF_PERFORMANCE}"


def _questions(path: Path) -> tuple[tuple[Question, ...] | None, list[str]]:
    """Return the questions of `path`, or None where there is no such file, and the faults of the file."""
    if not path.exists():
        return None, []
    try:
        return read_quiz(path), []
    except CourseError as error:
        return None, list(error.faults) or [str(error)]


def _quiz_faults(quiz: Quiz | None, questions: tuple[Question, ...] | None) -> Iterator[str]:
    if quiz and questions is None:
        yield "quiz: there is no quiz.toml beside this file; write it or leave [quiz] out"
    if questions is not None and not quiz:
        yield "quiz: is missing, though there is a quiz.toml beside this file; add [quiz] points = …"
    if questions is not None and WRITTEN in {question.id for question in questions}:
        yield f"quiz.toml: a question is called '{WRITTEN}', which answers.toml keeps for the answer in words; rename it"
    if quiz and questions is not None and (total := sum(question.points for question in questions)) != quiz.points:
        yield f"quiz.points: found {quiz.points}, but the questions of quiz.toml sum to {total}"
