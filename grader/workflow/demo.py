"""Turns the catalogue of `self_attention` into a made-up class: fourteen files in an inbox, honest, mistaken and hostile."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from grader import mechanical, splice
from grader.assignment import Assignment, load_assignment
from grader.catalogue import Deserves, Example, read_catalogue
from grader.course import Course
from grader.errors import CourseError
from grader.quiz import read_answers_key
from grader.runner import JudgeProcess
from grader.sandbox.backend import choose
from grader.workspace import write_atomically

TOPIC = "self_attention"

_SIGNATURE = 'def attend(q, k, v, mask=None, normalise="softmax"):\n'
_EXCEPTION = f"{_SIGNATURE}    return attention_scores(q, k).softmax(-1) @ v.view(q.shape)[mask]\n"
_LOOP = f"{_SIGNATURE}    while True:\n        pass\n"
_EXIT = f"import os\n\n\n{_SIGNATURE}    os._exit(0)\n"
_MEMORY = f"{_SIGNATURE}    hoard = []\n    while True:\n        hoard.append(torch.ones(10_000_000))\n"
_FLOOD = f"{_SIGNATURE}    while True:\n        print('the scores are', '#' * 100_000)\n"


@dataclass(frozen=True)
class Arrival:
    """A file that somebody handed in, and what it is."""

    name: str
    what: str
    data: bytes


def arrive(course: Course, inbox: Path) -> tuple[Arrival, ...]:
    """Write the class's files into `inbox`. The same course gives the same bytes."""
    course.check_topic(TOPIC)
    arrivals = _arrivals(course, load_assignment(course, TOPIC))
    for arrival in arrivals:
        write_atomically(inbox / arrival.name, arrival.data)
    return arrivals


def _arrivals(course: Course, assignment: Assignment) -> tuple[Arrival, ...]:
    reference = (course.solution_dir(TOPIC) / f"{TOPIC}.py").read_text(encoding="utf-8")
    stub = (course.starter_dir(TOPIC) / f"{TOPIC}.py").read_text(encoding="utf-8")
    examples = read_catalogue(course, TOPIC)
    accepted, wrong = _named(examples, Deserves.ACCEPTED), _named(examples, Deserves.WRONG)
    if len(accepted) < 2 or len(wrong) < 2:
        raise CourseError(f"The demo needs two accepted and two wrong submissions in the catalogue of {TOPIC}.")
    answers, entries = _right_answers(course), [task.entry for task in assignment.tasks]
    with JudgeProcess(course, TOPIC, choose()) as judge:
        seen = judge.seen_inputs()
    modules = [
        ("a good solution, with the quiz", accepted[0].module),
        ("a good solution in another style", accepted[-1].module),
        (f"a mistake: {wrong[0].sentence}", wrong[0].module),
        (f"a mistake: {wrong[-1].sentence}", wrong[-1].module),
        ("the untouched stub", stub),
        ("a syntax error", reference.replace("def attend(", "def attend(:", 1)),
        ("an exception", splice.overlay(reference, _EXCEPTION)),
        ("an infinite loop", splice.overlay(reference, _LOOP)),
        ("os._exit(0)", splice.overlay(reference, _EXIT)),
        ("a memory bomb", splice.overlay(reference, _MEMORY)),
        ("a flood of output", splice.overlay(reference, _FLOOD)),
        ("a look-up of the published answers", mechanical.parrot(reference, entries, seen)),
    ]
    arrivals = [Arrival(f"student-{i:02}.py", what, text.encode()) for i, (what, text) in enumerate(modules, start=1)]
    arrivals[0] = Arrival("student-01.zip", modules[0][0], _zip({f"{TOPIC}.py": modules[0][1], "answers.toml": answers}))
    arrivals.append(Arrival("student-13.ipynb", "a notebook", _notebook(accepted[0].module)))
    arrivals.append(Arrival("student-14.zip", "a corrupt file", _zip({f"{TOPIC}.py": reference})[:-40]))
    return tuple(arrivals)


def _named(examples: tuple[Example, ...], deserves: Deserves) -> list[Example]:
    return [example for example in examples if example.deserves is deserves]


def _right_answers(course: Course) -> str:
    keys = read_answers_key(course.solution_dir(TOPIC) / "quiz_answers.toml")
    return "".join(f"{name} = {json.dumps(list(key.right) if key.value is None else key.value)}\n" for name, key in keys.items())


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def _notebook(module: str) -> bytes:
    """Return a notebook as a student leaves one: the code in a cell, with a magic and a print around it."""
    sources = ["%matplotlib inline", module, "print(attention_mask(4))"]
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{i}", "metadata": {}, "outputs": [], "source": source}
        for i, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()
