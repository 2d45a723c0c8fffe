"""Turns a graded submission into the notebook that formgrader shows to the person who marks it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.assignment import QUIZ, WRITTEN
from grader.failures import Failed, failed
from grader.lateness import shown_time
from grader.marks import Mark
from grader.printable import printable_lines
from grader.quiz import Answer
from grader.records import ManualMark
from grader.result import PartScore, Result, State
from grader.submission import Submission

MOST_PROGRAM_CHARS = 100_000
"""Of a program; the page of a longer one takes a browser many seconds."""

NOTES: Mapping[State, str] = {
    State.BLOCKED: "Counts only together with its task's correctness.",
    State.PENDING: "Not decided yet: it waits for a person, or for a GPU.",
}

PROGRAM: Mapping[str, Any] = {
    "schema_version": 3, "grade": False, "grade_id": "handed-in", "locked": True, "solution": False, "task": False,
}  # fmt: skip
"""nbgrader's metadata of a cell that can only be read."""

Cell = dict[str, Any]


def grade_id(part: str) -> str:
    """Return what nbgrader calls a part: a name of letters, digits, _ and -; two parts never share one."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: "-" if found[0] == "." else f"--{ord(found[0]):x}-", part)


def part_of(name: str) -> str:
    """Return the part that `grade_id` gave this name."""
    return re.sub(r"--([0-9a-f]+)-|-", lambda found: chr(int(found[1], 16)) if found[1] else ".", name)


def exhibit(mark: Mark, submission: Submission, question: str = "", earlier: Sequence[ManualMark] = ()) -> bytes:
    """Return a notebook in nbformat 4.5 with a cell for each part of a graded submission; the same input gives the same bytes.

    nbgrader's feedback is made of it, so it holds nothing that its student may not read. What the student wrote cannot
    run in the reader's browser, nor take the place of another cell's box. `earlier` are marks for answers that no longer count.
    """
    result = mark.result
    cells = [_markdown(_headline(mark))]
    if result is not None:
        cells += [_part_cell(part, _words(part, result)) for part in result.parts if part.part not in (QUIZ, WRITTEN)]
        cells += [_quiz_cell(part, submission.answers) for part in result.parts if part.part == QUIZ]
        cells.append(_code(f"# What was handed in\n{_program(submission.module)}", PROGRAM))
        # Last of all: a heading gets its text as id, and formgrader takes the first element of a part's id for its box.
        cells += [cell for part in result.parts if part.part == WRITTEN for cell in _answer(part, submission, question, earlier)]
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    notebook = {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def tame(text: str) -> str:
    """Return Markdown that no browser takes for a tag, a link or a picture, whatever renders it; formulae stay as they are.

    A space goes where a tag would open and where a link would join its text: TeX does not see it, a reader hardly does.
    """
    return re.sub(r"\](?=[(:\[])", "] ", re.sub(r"<(?=[A-Za-z/!?])", "< ", printable_lines(text)))


def _headline(mark: Mark) -> str:
    received = mark.receipt.received_at
    moment = shown_time(received.astimezone(mark.due.tzinfo) if mark.due else received)
    reason = f" {mark.reason[0].upper()}{mark.reason[1:]}." if mark.reason else ""
    return f"**{mark.topic}**: attempt {mark.receipt.attempt}, received {moment}.{reason}"


def _part_cell(part: PartScore, words: str) -> Cell:
    outputs = [{"output_type": "stream", "name": "stdout", "text": _lines(words)}] if words else []
    return _code(f"# {_score(part)}", _graded(part), outputs)


def _score(part: PartScore) -> str:
    return f"{part.part}: {part.state}, {part.earned:g} of {part.points}"


def _words(part: PartScore, result: Result) -> str:
    """Return what a student may know of a part: a block for each failure."""
    blocks = [NOTES.get(part.state, ""), *(_failure(one) for one in failed(result.tests) if one.part == part.part)]
    return printable_lines("\n\n".join(filter(None, blocks)))


def _failure(one: Failed) -> str:
    more = f" and {one.count - 1} more" if one.count > 1 else ""
    lines = [f"{one.verdict}: {one.test or 'a hidden test'}{more}", one.message, f"Perhaps: {one.suspected}" if one.suspected else ""]
    lines += [f"Hint {one.hint} of the task in the handout may help."] if one.hint is not None else []
    return "\n".join(filter(None, lines))


def _quiz_cell(part: PartScore, answers: Mapping[str, Answer]) -> Cell:
    shown = json.dumps(answers, indent=4, ensure_ascii=False)
    return _code(f"# {_score(part)}\n{printable_lines(shown)}", _graded(part))


def _program(module: str) -> str:
    cut = len(module) > MOST_PROGRAM_CHARS
    return printable_lines(module[:MOST_PROGRAM_CHARS]) + ("\n# … and so on: the whole is in the workspace." if cut else "")


def _answer(part: PartScore, submission: Submission, question: str, earlier: Sequence[ManualMark]) -> Iterator[Cell]:
    yield _markdown(question.strip())
    for mark in earlier:
        got = f"An earlier answer got {mark.points:g} of {part.points}" if mark.part == WRITTEN else "Of an earlier answer"
        yield _markdown(tame(f"{got}{f': {mark.comment}' if mark.comment else '.'}"))
    source = tame(submission.written) if submission.written.strip() else "(no answer)"
    yield {"cell_type": "markdown", "metadata": {"nbgrader": _graded(part, "markdown")}, "source": _lines(source)}


def _graded(part: PartScore, kind: str = "code") -> dict[str, Any]:
    """Return nbgrader's metadata of a cell that has points; an answer in words is a solution, which a person may comment on."""
    return {**PROGRAM, "grade": True, "grade_id": grade_id(part.part), "points": part.points, "cell_type": kind} | (
        {"locked": False, "solution": True} if kind == "markdown" else {}
    )


def _code(source: str, nbgrader: Mapping[str, Any], outputs: Sequence[Cell] = ()) -> Cell:
    return {
        "cell_type": "code", "execution_count": None, "metadata": {"nbgrader": dict(nbgrader)},
        "outputs": list(outputs), "source": _lines(source),
    }  # fmt: skip


def _markdown(source: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
