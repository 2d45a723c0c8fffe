"""Turns the course and what lies in its folders into the state of each topic."""

from collections.abc import Iterator
from pathlib import Path

from grader.assignment import Assignment, load_assignment
from grader.course import Course
from grader.errors import CourseError
from grader.fingerprints import FILE
from grader.reports import Stage, TopicLine


def topics(course: Course) -> tuple[TopicLine, ...]:
    """Return every topic in teaching order with its state."""
    return tuple(_line(course, unit.id, topic) for unit in course.units for topic in unit.topics)


def _line(course: Course, unit: str, topic: str) -> TopicLine:
    if not (course.assignment_dir(topic) / "assignment.toml").is_file():
        return TopicLine(topic=topic, unit=unit, stage=Stage.PLANNED)
    try:
        assignment = load_assignment(course, topic)
    except CourseError as error:
        return TopicLine(topic=topic, unit=unit, stage=Stage.DRAFT, faults=error.faults or (str(error),))
    absent = [path for path in _files(course, assignment) if not path.is_file()]
    return TopicLine(
        topic=topic,
        unit=unit,
        stage=Stage.DRAFT if absent else Stage.READY,
        title=assignment.title["en"],
        points=sum(part.points for part in assignment.parts()),
        faults=tuple(f"{path.relative_to(course.root).as_posix()} is missing" for path in absent),
    )


def _files(course: Course, assignment: Assignment) -> Iterator[Path]:
    """Yield every file that a topic cannot do without."""
    topic = assignment.topic
    yield course.assignment_dir(topic) / "handout.md"
    yield course.assignment_dir(topic) / f"test_{topic}.py"
    if assignment.figure:
        yield course.assignment_dir(topic) / "figure.py"
    yield course.solution_dir(topic) / f"{topic}.py"
    yield course.solution_dir(topic) / f"test_{topic}_hidden.py"
    if assignment.quiz:
        yield course.solution_dir(topic) / "quiz_answers.toml"
    yield course.starter_dir(topic) / f"{topic}.py"
    yield course.starter_dir(topic) / f"{topic}.ipynb"
    yield course.starter_dir(topic) / FILE
