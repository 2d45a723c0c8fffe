"""Turns what grading found (verdicts, outcomes, parts) into the JSON of a `Result`, and back."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import msgspec

from grader.errors import HarnessError

FORMAT = 1
"""Of the JSON; a reader refuses every other."""


class Verdict(StrEnum):
    """Why a test passed or did not. Closed: nothing is added."""

    PASSED = "passed"
    WRONG = "wrong"
    RAISED = "raised"
    MISSING = "missing"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    PROCESSES = "processes"
    DISK = "disk"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    FORGED = "forged"
    PENDING = "pending"
    HARNESS = "harness"


class State(StrEnum):
    """What became of a part."""

    EARNED = "earned"
    LOST = "lost"
    BLOCKED = "blocked"
    PARTIAL = "partial"
    PENDING = "pending"


class Failure(Exception):  # noqa: N818 - the word of the domain: a test that did not pass is no fault of the program
    """A test of a submission did not pass.

    `message` is safe to show for a hidden test: it contains no input, no value, nothing that the student's side chose.
    `shown` adds what a public test may show: values, indices, the student's own exception. `detail` is the instructor's.
    `got` is the value that was compared, kept to recognise a mistake of the catalogue.
    """

    def __init__(
        self,
        verdict: Verdict,
        message: str,
        *,
        shown: str = "",
        detail: str = "",
        hint: int | None = None,
        got: object = None,
    ) -> None:
        super().__init__(message if not shown else f"{message}\n{shown}")
        self.verdict, self.message, self.shown, self.detail, self.hint, self.got = (
            verdict,
            message,
            shown,
            detail,
            hint,
            got,
        )


class LateFailure(Failure):
    """A test ran out of wall time within its processor time: it slept, or the machine had too much to do."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one test of the trusted list came to. The student reads all but `detail`, which is the instructor's alone."""

    id: str
    part: str
    verdict: Verdict
    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_mib: float = 0.0
    message: str = ""
    suspected: str = ""
    hint: int | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class PartScore:
    """A part and what of its points was earned."""

    part: str
    points: int
    earned: float
    state: State


@dataclass(frozen=True, kw_only=True)
class Result:
    """One grading of one submission, as `contract.md` lays it out. `earned` is None when the harness failed."""

    topic: str
    submission: str
    grader: str
    key: str
    backend: str
    device: str
    torch: str
    started_at: str
    cpu_s: float
    wall_s: float
    complete: bool
    earned: float | None
    possible: float
    pending: float
    parts: tuple[PartScore, ...]
    tests: tuple[Outcome, ...]
    format: int = FORMAT


def to_json(result: Result) -> bytes:
    """Return `result` in the layout of `contract.md`; `HarnessError` for a number that is not finite."""
    record = {"format": result.format, **asdict(result)}
    for points in ("earned", "possible", "pending"):
        record[points] = _whole(record[points])
    for part in record["parts"]:
        part["earned"] = _whole(part["earned"])
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)
    except ValueError as error:
        raise HarnessError(f"The result of {result.submission} has a number that is not finite.") from error
    return text.encode("utf-8", "backslashreplace") + b"\n"  # of a lone surrogate, a backslash escape is also JSON's


def from_json(data: bytes) -> Result:
    """Return the result that `to_json` wrote; `HarnessError` if it is none, or of another format."""
    try:
        record = json.loads(data, parse_constant=_refuse_constant)
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise HarnessError(f"This is no result of format {FORMAT}. Grade again with this version of the grader.")
        return msgspec.convert(record, Result)
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        raise HarnessError(f"This is no result: {error}. Grade again, or restore it from a backup.") from error


def _whole(points: float | None) -> float | None:
    """Return a whole number of points as an integer, so that 100 is not written 100.0."""
    return int(points) if points is not None and points == points // 1 else points


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
