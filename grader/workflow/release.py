"""Turns topics into what students get of them: folders, or one archive, with nothing hidden in them."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import Assignment, load_assignment
from grader.course import Course
from grader.errors import CourseError
from grader.leaks import Line, find_leaks, python_lines, text_lines, unlike
from grader.quiz import read_answers_key
from grader.starter import empty_answers, questions_of, read_text, starter_files
from grader.syntax import defined_names, docstring_node, read
from grader.workspace import write_atomically

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


@dataclass(frozen=True, kw_only=True)
class ReleaseReport:
    """What was released of a topic, and where to: a folder, or the archive that holds it."""

    topic: str
    path: Path
    files: tuple[str, ...]


def release(course: Course, topics: Sequence[str], to: Path) -> tuple[ReleaseReport, ...]:
    """Write `<to>/<topic>/` for each topic, or all of them into one archive if `to` ends in `.zip`.

    Only files of a fixed list go out. Nothing is written if a starter is stale, if a line of a hidden file would go
    out, or if something else than an earlier release is in the way: `CourseError` names file and line.
    """
    for topic in topics:
        course.check_topic(topic)
    outgoing = {topic: _outgoing(course, topic) for topic in topics}
    faults = [fault for topic, files in outgoing.items() for fault in _leaks(course, topic, files)]
    if faults:
        raise CourseError("Nothing was released: it would give away what is hidden.", faults)
    if to.suffix == ".zip":
        _refuse_foreign_archive(to, topics)
        write_atomically(to, _archive(outgoing))
    else:
        for topic in topics:
            _refuse_foreign_folder(to / topic, topic)
        for topic, files in outgoing.items():
            _write_folder(to / topic, topic, files)
    return tuple(
        ReleaseReport(topic=topic, path=to if to.suffix == ".zip" else to / topic, files=tuple(sorted(files)))
        for topic, files in outgoing.items()
    )


def _names(topic: str) -> frozenset[str]:
    """Return every file name that a release of `topic` may hold."""
    ours = {f"{topic}.py", f"{topic}.ipynb", f"test_{topic}.py"}
    return frozenset(ours | {"README.md", "handout.md", "assignment.toml", "quiz.toml", "answers.toml", "figure.py"})


def _outgoing(course: Course, topic: str) -> dict[str, bytes]:
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


def _leaks(course: Course, topic: str, files: dict[str, bytes]) -> Iterator[str]:
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


def _refuse_foreign_folder(folder: Path, topic: str) -> None:
    """Raise `CourseError` unless `folder` is absent, empty, or holds an earlier release of `topic` and nothing else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CourseError(f"{folder} is in the way: it is no folder. Release somewhere else.")
    present = {path.name for path in folder.iterdir()}
    foreign = sorted(present - _names(topic))
    lacking = sorted({"README.md", "assignment.toml", f"{topic}.py"} - present)
    if present and (foreign or lacking):
        reason = f"it holds {foreign[0]}" if foreign else f"it has no {lacking[0]}"
        raise CourseError(f"{folder} is not an earlier release of {topic}: {reason}. Release somewhere else, or empty it first.")


def _refuse_foreign_archive(path: Path, topics: Sequence[str]) -> None:
    """Raise `CourseError` unless `path` is absent or an archive of releases of these topics."""
    if not path.exists():
        return
    allowed = {f"{topic}/{name}" for topic in topics for name in _names(topic)}
    try:
        with zipfile.ZipFile(path) as archive:
            foreign = sorted(set(archive.namelist()) - allowed)
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{path} is in the way, and is no archive: {error}. Release somewhere else.") from error
    if foreign:
        raise CourseError(f"{path} is not an earlier release of {', '.join(topics)}: it holds {foreign[0]}. Release somewhere else.")


def _write_folder(folder: Path, topic: str, files: dict[str, bytes]) -> None:
    for name, data in sorted(files.items()):
        write_atomically(folder / name, data)
    for name in _names(topic) - files.keys():  # what an earlier release had and this one has not
        (folder / name).unlink(missing_ok=True)


def _archive(outgoing: dict[str, dict[str, bytes]]) -> bytes:
    """Return the archive; the same files give the same bytes, wherever it is made, so nothing is compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for topic, files in sorted(outgoing.items()):
            for name, data in sorted(files.items()):
                member = zipfile.ZipInfo(f"{topic}/{name}", (1980, 1, 1, 0, 0, 0))
                member.create_system, member.external_attr = 3, 0o100644 << 16
                archive.writestr(member, data)
    return buffer.getvalue()
