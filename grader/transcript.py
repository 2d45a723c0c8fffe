"""Turns a run of the public tests, test by test, into lines of a file, and a file into how far the run came.

The run may end at any moment, since it shares its process with a student's code. Whoever goes on reads here what is done.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from grader.result import Outcome, Verdict


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """How far a run came: the tests it collected with their parts, what each came to, what waits for which tasks, and what runs.

    `has_loaded` says of the test that runs whether the student's module was imported before something happened.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    running: str = ""
    has_loaded: bool = False

    @property
    def done(self) -> frozenset[str]:
        """The tests that need not be run again."""
        return frozenset({outcome.id for outcome in self.outcomes} | self.waiting.keys())

    @property
    def left(self) -> tuple[str, ...]:
        """The tests that are still to be run."""
        return tuple(test for test in self.parts if test not in self.done)

    @property
    def failed_entries(self) -> frozenset[str]:
        """The tasks whose correctness some test denies: whoever needs them waits."""
        failed = (outcome.part for outcome in self.outcomes if outcome.verdict is not Verdict.PASSED)
        return frozenset(part.removesuffix(".correctness") for part in failed if part.endswith(".correctness"))


def read_transcript(path: Path) -> Transcript:
    """Return what stands in `path`; a line that the end of a process cut off is none."""
    parts: dict[str, str] = {}
    outcomes: dict[str, Outcome] = {}
    waiting: dict[str, tuple[str, ...]] = {}
    running, has_loaded = "", False
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        parts.update(record.get("parts", {}))
        if "running" in record:
            running, has_loaded = record["running"], False
        has_loaded = has_loaded or "loaded" in record
        if "outcome" in record:
            outcome = Outcome(**{**record["outcome"], "verdict": Verdict(record["outcome"]["verdict"])})
            outcomes[outcome.id], running = outcome, ""
        if "waiting" in record:
            waiting[record["waiting"]], running = tuple(record["needs"]), ""
    return Transcript(parts=parts, outcomes=tuple(outcomes.values()), waiting=waiting, running=running, has_loaded=has_loaded)


def add_parts(path: Path, parts: Mapping[str, str]) -> None:
    """Say which tests there are."""
    _add(path, {"parts": dict(parts)})


def add_running(path: Path, test: str) -> None:
    """Say that a test begins."""
    _add(path, {"running": test})


def add_loaded(path: Path) -> None:
    """Say that the student's module was imported for the test that runs."""
    _add(path, {"loaded": True})


def add_outcome(path: Path, outcome: Outcome) -> None:
    """Say what a test came to."""
    _add(path, {"outcome": asdict(outcome)})


def add_waiting(path: Path, test: str, needs: Sequence[str]) -> None:
    """Say that a test is not run before other tasks are right."""
    _add(path, {"waiting": test, "needs": list(needs)})


def _add(path: Path, record: Mapping[str, object]) -> None:
    with path.open("ab") as file:
        file.write(b"\n" + json.dumps(record).encode() + b"\n")  # the first one ends a line that was cut off
