"""Turns a topic into the files that students get of it, and into the hidden lines that would go out with them."""

import re
from collections.abc import Iterator
from pathlib import Path

from grader.assignment import Assignment, load_assignment
from grader.course import Course
from grader.errors import CourseError
from grader.leaks import Line, find_leaks, python_lines, text_lines, unlike
from grader.quiz import read_answers_key
from grader.starter import empty_answers, questions_of, read_text, starter_files
from grader.syntax import defined_names, docstring_node, read

README = """\
# {title}

`handout.md` is the text: what it is about, the tasks, and hints in three levels.

1. Once: install Python 3.11 or newer and the course's package, the file `ml_course_grader-….whl` that your instructor hands out:
   `python -m pip install ml_course_grader-….whl` (PyTorch comes with it; https://pytorch.org says how to get its small CPU build).
2. Write your code into `{topic}.py`, or into `{topic}.ipynb` if you like notebooks better. Choose one: the one you change counts.
3. In this folder, `python -m pytest` tells what is wrong and why, as often as you like. A task that waits for another one is skipped.
{quiz}
Hand in `{topic}.py`{answers} or `{topic}.ipynb`, nothing else. Your instructor grades it with these checks and others.
"""
QUIZ = """\
4. Answer the questions of `quiz.toml` in `answers.toml`; in the notebook they stand at the end, with a cell for the answers.
"""


def outgoing_names(topic: str) -> frozenset[str]:
    """Return every file name that a release of `topic` may hold."""
    ours = {f"{topic}.py", f"{topic}.ipynb", f"test_{topic}.py"}
    return frozenset(ours | {"README.md", "handout.md", "assignment.toml", "quiz.toml", "answers.toml", "figure.py"})


def outgoing_files(course: Course, topic: str) -> dict[str, bytes]:
    """Return the files of a release; `CourseError` if the starter is stale or a file is missing."""
    files = starter_files(course, topic)
    for name, data in files.items():
        path = course.starter_dir(topic) / name
        if not path.is_file() or path.read_bytes() != data:
            raise CourseError(f"{path} is not what the reference generates. Make it anew: grader build {topic}")
    assignment = load_assignment(course, topic)
    copied = ["handout.md", f"test_{topic}.py", "assignment.toml"]
    copied += ["quiz.toml"] if assignment.quiz else []
    copied += ["figure.py"] if assignment.figure else []
    for name in copied:
        files[name] = read_text(course.assignment_dir(topic) / name).encode()
    if assignment.quiz:
        files["answers.toml"] = empty_answers(questions_of(course, topic)).encode()
    files["README.md"] = _readme(assignment).encode()
    return files


def _readme(assignment: Assignment) -> str:
    quiz = assignment.quiz is not None
    title = assignment.title["en"] + (f" ({assignment.title['zh']})" if "zh" in assignment.title else "")
    answers = " with `answers.toml`," if quiz else ""
    return README.format(title=title, topic=assignment.topic, quiz=QUIZ if quiz else "", answers=answers)


def hidden_lines(course: Course, topic: str, files: dict[str, bytes]) -> Iterator[str]:
    """Yield one sentence for each hidden line in an outgoing file."""
    starter = files[f"{topic}.py"].decode()
    tests = files[f"test_{topic}.py"].decode()
    hidden = [*unlike(_solution_lines(course, topic), starter), *unlike(_test_lines(course, topic), starter + tests)]
    for leak in find_leaks([*hidden, *_key_lines(course, topic)], files):
        yield f"{topic}/{leak}"


def _solution_lines(course: Course, topic: str) -> Iterator[Line]:
    """Yield the lines of the reference and of the catalogue, but for the catalogue's docstrings, which students may read."""
    solutions = course.solution_dir(topic)
    yield from python_lines(f"solutions/{topic}/{topic}.py", read_text(solutions / f"{topic}.py"))
    for path in sorted((solutions / "submissions").glob("*/*.py")):
        name = path.relative_to(course.root).as_posix()
        text = read_text(path)
        told = _told(path, text)
        yield from (line for line in python_lines(name, text) if int(line.place) not in told)


def _told(path: Path, text: str) -> set[int]:
    """Return the numbers of the lines of a catalogue file that are its docstring and its LOSES."""
    try:
        tree = read(text).tree
    except SyntaxError as error:
        raise CourseError(f"{path} does not parse: {error.msg} at line {error.lineno}.") from error
    nodes = [node for node in tree.body if node is docstring_node(tree) or "LOSES" in defined_names(node)]
    return {number for node in nodes for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _test_lines(course: Course, topic: str) -> Iterator[Line]:
    name = f"test_{topic}_hidden.py"
    yield from python_lines(f"solutions/{topic}/{name}", read_text(course.solution_dir(topic) / name))


def _key_lines(course: Course, topic: str) -> Iterator[Line]:
    """Yield what tells the answers of the quiz: each sentence of an explanation, and the list of the right options."""
    key = course.solution_dir(topic) / "quiz_answers.toml"
    for question, answer in read_answers_key(key).items() if key.exists() else ():
        right = "right = [" + ", ".join(f'"{option}"' for option in answer.right) + "]"
        told = "\n".join([*re.split(r"(?<=[.!?])\s+", answer.explanation), right])
        yield from (Line(line.file, f"[{question}]", line.text) for line in text_lines(f"solutions/{topic}/quiz_answers.toml", told))
