"""Turns a topic's reference, handout and quiz into the files that students start from."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.assignment import WRITTEN, Written, load_assignment
from grader.course import Course
from grader.errors import CourseError
from grader.notebook import stub_notebook
from grader.quiz import Question, read_quiz
from grader.splice import stub

STARTER = "starter.json"
"""What a release says of how its starter was."""


def starter_files(course: Course, topic: str) -> dict[str, bytes]:
    """Return the stub module and the notebook of a topic by file name; the same files give the same bytes."""
    assignment = load_assignment(course, topic)
    path = course.solution_dir(topic) / f"{topic}.py"
    try:
        text = stub(read_text(path), [task.entry for task in assignment.tasks], assignment.given)
    except SyntaxError as error:
        raise CourseError(f"{path} does not parse: {error.msg} at line {error.lineno}.") from error
    handout = read_text(course.assignment_dir(topic) / "handout.md")
    notebook = stub_notebook(assignment, text, handout, questions_of(course, topic))
    return {f"{topic}.py": text.encode(), f"{topic}.ipynb": notebook}


def starter_json(files: Mapping[str, bytes]) -> bytes:
    """Return the starter's files as one, for a student's machine: by it is told which of them was changed."""
    texts = {name: data.decode() for name, data in sorted(files.items())}
    return json.dumps(texts, ensure_ascii=False, indent=0).encode() + b"\n"


def read_starter(path: Path) -> dict[str, bytes]:
    """Return the starter's files of a release; none where the file is missing or was changed, so that any module counts as changed."""
    try:
        texts = json.loads(path.read_bytes())
        return {str(name): str(text).encode() for name, text in texts.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def questions_of(course: Course, topic: str) -> tuple[Question, ...]:
    """Return the questions of a topic's quiz; a topic without one has none."""
    path = course.assignment_dir(topic) / "quiz.toml"
    return read_quiz(path) if path.exists() else ()


def empty_answers(questions: Sequence[Question], written: Written | None = None) -> str:
    """Return the `answers.toml` in which nothing is answered yet."""
    blocks = ['# List every right option of a question, as in ["a", "c"], or give the number where one is asked for.']
    for question in questions:
        lines = question.text.splitlines()
        lines += [f"  {letter}: {text}" for letter, text in question.options.items()]
        key = question.id if re.fullmatch(r"[A-Za-z0-9_-]+", question.id) else f'"{question.id}"'
        blocks.append("\n".join([*(f"# {line}".rstrip() for line in lines), f"{key} = []"]))
    if written:
        asked = "\n".join(f"# {line}".rstrip() for line in written.question.strip().splitlines())
        blocks.append(f"{asked}\n# Write between the quotes. A person reads and marks it.\n{WRITTEN} = '''\n'''")
    return "\n\n".join(blocks) + "\n"


def read_text(path: Path) -> str:
    """Return the text of an author's file; `CourseError` if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}. Every topic has one.") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8: byte {error.start}. Save it as UTF-8.") from error
