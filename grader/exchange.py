"""Turns a result, or a refusal, into what other programs show: JUnit XML, Gradescope's results.json, a summary in Markdown.

All three tell what the letter to a student tells, since students read them: no hidden test has a name, no `detail` is in them.
Nor has a hidden test a time of its own: a submission chooses it, and could spell its hidden inputs in it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from xml.etree import ElementTree

from grader.failures import PUBLIC, Failed, failed
from grader.printable import printable_lines
from grader.render import NOTES, note_on, points
from grader.result import Outcome, PartScore, Result, State, Verdict

OURS = "The grader itself failed, not your work; it has to be graded again."
SYMBOLS: Mapping[State, str] = {
    State.EARNED: "✅",
    State.LOST: "❌",
    State.BLOCKED: "🔒",
    State.PARTIAL: "🟡",
    State.PENDING: "⏳",
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What was handed in and cannot be graded, and why."""

    topic: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A test, or a part that has none, in the words of JUnit: `kind` is failure, error or skipped, and empty where it passed."""

    part: str
    name: str
    wall_s: float | None = None
    kind: str = ""
    why: str = ""
    text: str = ""


def junit(result: Result | Refusal) -> bytes:
    """Return the XML that Jenkins, GitLab and their like read, a case for each test."""
    cases = list(_cases(result)) if isinstance(result, Result) else [_refused(result)]
    kinds = Counter(case.kind for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(kinds["failure"]), "errors": str(kinds["error"])}
    counts["time"] = f"{result.wall_s if isinstance(result, Result) else 0:.0f}"
    top = ElementTree.Element("testsuites", {"name": "grader", **counts})
    suite = ElementTree.SubElement(top, "testsuite", {"name": result.topic, **counts, "skipped": str(kinds["skipped"])})
    if isinstance(result, Result):
        suite.set("timestamp", result.started_at.removesuffix("Z"))
        properties = ElementTree.SubElement(suite, "properties")
        for name, value in _facts(result).items():
            ElementTree.SubElement(properties, "property", {"name": name, "value": _written(value)})
    for case in cases:
        _add_case(suite, case)
    ElementTree.indent(top)
    data: bytes = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def gradescope(result: Result | Refusal) -> bytes:
    """Return Gradescope's results.json. After a fault of the harness it has no score: Gradescope then says that the autograder failed."""
    record: dict[str, Any] = {"visibility": "visible", "stdout_visibility": "hidden", "output_format": "text"}
    if isinstance(result, Refusal):
        record |= {"score": 0, "output": f"Not graded: {printable_lines(result.reason)}"}
    elif result.earned is None:
        record |= {"output": OURS, "execution_time": round(result.wall_s), "extra_data": _facts(result)}
    else:
        record |= {"score": result.earned, "output": _score(result), "execution_time": round(result.wall_s), "extra_data": _facts(result)}
        record["tests"] = [_part_record(number, part, result) for number, part in enumerate(result.parts, start=1)]
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def markdown(result: Result | Refusal) -> str:
    """Return a summary for a step of GitHub Actions: the score, a table of parts, and for each failure a block to open."""
    if isinstance(result, Refusal):
        blocks = [f"## {_plain(result.topic)}: not graded", _fenced(result.reason)]
    elif result.earned is None:
        blocks = [f"## {_plain(result.topic)}: not graded yet", OURS]
    else:
        blocks = [f"## {_plain(_score(result))}", *_part_table(result), *map(_details, failed(result.tests))]
    return "\n\n".join(blocks) + "\n"


def _score(result: Result) -> str:
    pending = f", {points(result.pending)} pending" if result.pending else ""
    return f"{result.topic}: {points(result.earned or 0)} of {points(result.possible)} points{pending}"


def _facts(result: Result) -> dict[str, Any]:
    names = ("earned", "possible", "pending", "complete", "submission", "grader", "device", "torch")
    return {name: value for name in names if (value := getattr(result, name)) is not None}


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value).removesuffix(".0")


def _note(part: PartScore) -> str:
    return f"{part.state}: {note_on(part)}" if note_on(part) else str(part.state)


def _cases(result: Result) -> Iterator[_Case]:
    """Yield a case for each test, and for each part without one. After a fault of the harness nothing is told of what did work."""
    states = {part.part: part.state for part in result.parts}
    hidden: Counter[str] = Counter()
    for test in result.tests:
        origin, _, name = test.id.partition("::")
        hidden[test.part] += origin != PUBLIC
        case = _Case(part=test.part, name=f"hidden test {hidden[test.part]}")
        case = replace(case, name=name, wall_s=test.wall_s) if origin == PUBLIC else case
        yield _judged(case, test, states.get(test.part)) if result.complete else _unjudged(case, test)
    if not result.complete and not any(test.verdict == Verdict.HARNESS for test in result.tests):
        yield _Case(part="grader", name="grading", kind="error", why=Verdict.HARNESS, text=OURS)
    tested = {test.part for test in result.tests}
    yield from (_answered(part) for part in result.parts if part.part not in tested)


def _refused(refusal: Refusal) -> _Case:
    return _Case(part=refusal.topic, name="submission", kind="failure", why="refused", text=refusal.reason)


def _judged(case: _Case, test: Outcome, state: State | None) -> _Case:
    if test.verdict == Verdict.PENDING:
        return replace(case, kind="skipped", why=test.verdict, text=test.message or NOTES[State.PENDING])
    if test.verdict != Verdict.PASSED:
        return replace(case, kind="failure", why=test.verdict, text="\n".join(_told(*failed([test]))))
    if state == State.BLOCKED:
        return replace(case, kind="skipped", why=state, text=NOTES[state])
    return case


def _unjudged(case: _Case, test: Outcome) -> _Case:
    if test.verdict == Verdict.HARNESS:
        return replace(case, kind="error", why=test.verdict, text=OURS)
    return replace(case, kind="skipped", why="not graded", text="not graded yet")


def _answered(part: PartScore) -> _Case:
    case = _Case(part=part.part, name="points", why=part.state)
    if part.state == State.EARNED:
        return case
    if part.state in NOTES:
        return replace(case, kind="skipped", text=note_on(part))
    return replace(case, kind="failure", text=f"{points(part.earned)} of {part.points} points")


def _add_case(suite: ElementTree.Element, case: _Case) -> None:
    time = {} if case.wall_s is None else {"time": f"{case.wall_s:.3f}"}
    where = ElementTree.SubElement(suite, "testcase", {"classname": case.part, "name": case.name, **time})
    if case.kind:
        text = printable_lines(case.text)  # which leaves no character that XML does not allow
        told = ElementTree.SubElement(where, case.kind, {"type": case.why, "message": text.partition("\n")[0]})
        told.text = text


def _told(failure: Failed) -> Iterator[str]:
    """Yield the lines of what the student may know of a failure."""
    yield from failure.message.splitlines()
    if failure.suspected:
        yield f"Perhaps: {failure.suspected}"
    if failure.hint is not None:
        yield f"Hint {failure.hint} of the task in the handout may help."


def _named(failure: Failed) -> str:
    more = f" and {failure.count - 1} more" if failure.count > 1 else ""
    return f"{failure.part}: {failure.verdict} ({failure.test or 'a hidden test'}{more})"


def _part_record(number: int, part: PartScore, result: Result) -> dict[str, Any]:
    """Return a part as one of Gradescope's tests; one that is pending has no points yet, neither earned nor lost."""
    mine = failed(test for test in result.tests if test.part == part.part)
    blocks = [_note(part), *("\n  ".join([_named(failure), *_told(failure)]) for failure in mine)]
    record: dict[str, Any] = {"name": part.part, "number": str(number), "tags": [part.state], "visibility": "visible"}
    record |= {"output": printable_lines("\n\n".join(blocks)), "output_format": "text"}
    if part.state == State.PENDING:
        return record
    return record | {"score": part.earned, "max_score": part.points, "status": "passed" if part.state == State.EARNED else "failed"}


def _part_table(result: Result) -> Iterator[str]:
    rows = [f"| `{part.part}` | {points(part.earned)} of {part.points} | {SYMBOLS[part.state]} {_note(part)} |" for part in result.parts]
    yield "\n".join(["| Part | Points | State |", "|---|---:|---|", *rows])


def _details(failure: Failed) -> str:
    # In a fence nothing is markup: no tag, no table, no @mention of what a student's code said.
    body = _fenced("\n".join(_told(failure)))
    return f"<details><summary>{escape(printable_lines(_named(failure)))}</summary>\n\n{body}\n\n</details>"


def _fenced(text: str) -> str:
    """Return `text` as a block of code, in a fence that is longer than any in it."""
    shown = printable_lines(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{fence}text\n{shown}\n{fence}"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_~\[\]#|])", r"\\\1", escape(printable_lines(text)))
