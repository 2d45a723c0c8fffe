"""Turns a topic into the files that students get of it, and into the hidden lines that would go out with them."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from grader.assignment import Assignment, load_assignment
from grader.ci_files import CPU_INDEX, ci_files
from grader.course import Course
from grader.digests import mistakes_digest
from grader.errors import CourseError
from grader.fingerprints import FILE as FINGERPRINTS
from grader.fingerprints import digest_of
from grader.leaks import Line, find_leaks, python_lines, text_lines, unlike
from grader.quiz import read_answers_key
from grader.starter import STARTER, empty_answers, questions_of, read_text, starter_files, starter_json
from grader.syntax import defined_names, docstring_node, read
from grader.wheel import PATTERN as WHEELS
from grader.wheel import pinned, wheel

README = """\
# {title}

`handout.md` is the text: what it is about, the tasks, and hints in three levels.

## Once: install

You need Python 3.11 or newer. In a terminal, in this folder:

| | make an environment | enter it (in every new terminal) |
|---|---|---|
| Linux, macOS | `python3 -m venv .venv` | `source .venv/bin/activate` |
| Windows (PowerShell) | `py -m venv .venv` | `.venv\\Scripts\\Activate.ps1` |
| Windows (cmd) | `py -m venv .venv` | `.venv\\Scripts\\activate.bat` |

If PowerShell refuses to run the script, allow it for this window: `Set-ExecutionPolicy -Scope Process RemoteSigned`.
Then install what `requirements.txt` lists, PyTorch with it:

```
python -m pip install -r requirements.txt
```

On Linux that fetches PyTorch for CUDA, several gigabytes. The small build is enough here:
`python -m pip install -r requirements.txt --extra-index-url {index}`

## Then: work

1. Write your code into `{topic}.py`, or into `{topic}.ipynb` if you like notebooks better. Choose one: the one that you change counts.
2. `grader check` shows every task: what passes, what fails and why, and where to look. `grader check --watch` does so at every save.
   `python -m pytest` runs the same checks.
{figure}{quiz}
## At last: hand in

`grader pack` writes `{topic}.zip` and says what is in it. Hand in that file{answers}.
Your instructor grades it with these checks and others; nothing on your machine is a mark.
"""
QUIZ = """\
3. Answer the questions in `answers.toml`; in the notebook they stand at the end, with a cell for the answers.
"""
FIGURE = """\
   `grader figure {topic}` draws a picture with your code, on which a mistake looks like one.
"""
REQUIREMENTS = """\
# python -m pip install -r requirements.txt --extra-index-url {index}
# The index has PyTorch's small builds, without CUDA.
{torch}
./{wheel}
"""


def outgoing_names(topic: str) -> frozenset[str]:
    """Return every pattern of a file that a release of `topic` may hold."""
    ours = {f"{topic}.py", f"{topic}.ipynb", f"test_{topic}.py", *ci_files(topic)}
    given = {"README.md", "handout.md", "assignment.toml", "quiz.toml", "answers.toml", "figure.py", FINGERPRINTS, STARTER}
    return frozenset(ours | given | {"requirements.txt", WHEELS})


def is_outgoing(topic: str, name: str) -> bool:
    """Tell whether a release of `topic`, of this version or an earlier one, may hold a file of this name."""
    return any(fnmatchcase(name, pattern) for pattern in outgoing_names(topic))


def outgoing_files(course: Course, topic: str, *, ci: bool = False) -> dict[str, bytes]:
    """Return the files of a release, with `ci` also those that run its checks at every push.

    `CourseError` if the starter is stale or a file is missing.
    """
    starter = starter_files(course, topic)
    prints = course.starter_dir(topic) / FINGERPRINTS
    for path in [*(course.starter_dir(topic) / name for name in starter), prints]:
        if not path.is_file() or _is_stale(course, topic, path, starter):
            raise CourseError(f"{path} is not what the reference generates. Make it anew: grader build {topic}")
    assignment = load_assignment(course, topic)
    files = {**starter, STARTER: starter_json(starter), FINGERPRINTS: prints.read_bytes()}
    copied = ["handout.md", f"test_{topic}.py", "assignment.toml"]
    copied += ["quiz.toml"] if assignment.quiz else []
    copied += ["figure.py"] if assignment.figure else []
    for name in copied:
        files[name] = read_text(course.assignment_dir(topic) / name).encode()
    if assignment.quiz or assignment.written:
        files["answers.toml"] = empty_answers(questions_of(course, topic), assignment.written).encode()
    wheel_name, wheel_bytes = wheel()
    files[wheel_name] = wheel_bytes
    files["requirements.txt"] = REQUIREMENTS.format(index=CPU_INDEX, torch=pinned("torch"), wheel=wheel_name).encode()
    files["README.md"] = _readme(assignment).encode()
    return files | (ci_files(topic) if ci else {})


def _is_stale(course: Course, topic: str, path: Path, starter: Mapping[str, bytes]) -> bool:
    data = path.read_bytes()
    return digest_of(data) != mistakes_digest(course, topic) if path.name == FINGERPRINTS else data != starter[path.name]


def _readme(assignment: Assignment) -> str:
    asked = assignment.quiz is not None or assignment.written is not None
    return README.format(
        title=assignment.title["en"] + (f" ({assignment.title['zh']})" if "zh" in assignment.title else ""),
        topic=assignment.topic,
        index=CPU_INDEX,
        quiz=QUIZ if asked else "",
        figure=FIGURE.format(topic=assignment.topic) if assignment.figure else "",
        answers=f", or `{assignment.topic}.py` and `answers.toml`, or `{assignment.topic}.ipynb`" if asked else "",
    )


def hidden_lines(course: Course, topic: str, files: dict[str, bytes]) -> Iterator[str]:
    """Yield one sentence for each hidden line in an outgoing file."""
    starter = files[f"{topic}.py"].decode()
    tests = files[f"test_{topic}.py"].decode()
    hidden = [*unlike(_solution_lines(course, topic), starter), *unlike(_test_lines(course, topic), starter + tests)]
    # A wheel is an archive of our own source, where a line of a solution may stand by chance: its members say that none is in it.
    plain = {name: data for name, data in files.items() if not fnmatchcase(name, WHEELS)}
    for leak in find_leaks([*hidden, *_key_lines(course, topic)], plain):
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
