"""Turns a release's folder and a student's module into the outcomes of the public tests, whatever the module does to Python.

The tests run in a process of their own, as under plain `pytest`. Where a student's code ends that process, another one goes on
behind the test that it happened in.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import IO

from grader.errors import CourseError
from grader.limits import Limits
from grader.result import Outcome, Verdict
from grader.transcript import Transcript, add_outcome, read_transcript

MOST_ENDS = 2  # of the process, in one task; by then its other tests would only say the same
POLL_S = 0.05
START_S = 120.0  # to import torch on a slow disk
GRACE_S = 5.0  # for a timeout that the student's code swallows, before the process is ended
TAIL_BYTES = 20_000

Tick = Callable[[int, int], None]
"""Told the number of tests that are done, and of all; what it raises breaks the run off."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A run of the public tests: what each came to, in the order of the file; tests that wait, with the tasks they wait for."""

    outcomes: tuple[Outcome, ...]
    waiting: dict[str, tuple[str, ...]]
    parts: dict[str, str]


@dataclass(frozen=True)
class _Patience:
    """How long a test may say nothing, beyond its own limit of time, and how much it may print."""

    wall_s: float
    output_mib: int


class _Reason(Enum):
    """Why a process ended."""

    ITSELF = "itself"
    LATE = "late"
    FLOOD = "flood"


def rehearse(
    folder: Path, topic: str, module: Path, longest_s: float, *, output_mib: int = Limits.output_mib, tick: Tick | None = None
) -> Rehearsal:
    """Run the public tests of a release with `module`; nothing that they started is left running.

    No test may say nothing for longer than `longest_s`, its own limit, nor print more than `output_mib`.
    `CourseError` with pytest's words if the tests cannot be run at all.
    """
    patience = _Patience(longest_s, output_mib)
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="grader-check-", ignore_cleanup_errors=True) as scratch:
        path, settings = Path(scratch) / "transcript.jsonl", Path(scratch) / "pytest.ini"
        settings.touch()  # an empty one: a setting of some folder above must not change what the checks say
        while True:
            with _Run(_command(folder, topic, module, path, settings), folder) as run:
                reason = run.watch(path, patience, tick)
            found = read_transcript(path)
            if found.running:
                _close(path, found, run, reason, patience, ends)
                found = read_transcript(path)
            elif found.left or not found.parts:  # it ended between two tests, or before the first one
                ends[""] += 1
            if found.parts and not found.left:
                return _rehearsal(found)
            if not found.parts or ends[""] > MOST_ENDS:
                words = run.tail.decode("utf-8", "replace").strip()[-3000:]
                raise CourseError(f"The checks in {folder} cannot be run:\n{words or f'pytest ended with exit code {run.code}'}")


def _command(folder: Path, topic: str, module: Path, path: Path, settings: Path) -> list[str]:
    # -P: a student's own random.py beside the tests must not be imported in place of Python's.
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-c", str(settings), "--rootdir", str(folder), "--noconftest"]
    command += ["--import-mode=importlib", "--capture=no", "-p", "no:cacheprovider", "-p", "grader.plugin", "-p", "pytest_timeout"]
    return [*command, "--submission", str(module), "--grader-transcript", str(path), str(folder / f"test_{topic}.py")]


class _Run:
    """One process of pytest, in a group of its own, with an eye on what it prints: a flood costs neither memory nor disk."""

    def __init__(self, command: list[str], folder: Path) -> None:
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTEST_ADDOPTS", None)
        self.tail, self._printed_bytes = b"", 0
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> "_Run":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._reader.join(timeout=1)

    @property
    def code(self) -> int:
        """The exit code; negative where a signal ended it."""
        return self._process.wait()

    def watch(self, path: Path, patience: _Patience, tick: Tick | None) -> _Reason:
        """Wait for the last test or the end of the process, but not where no test comes to an end, or where it prints without end."""
        size, moved_s, allowed_s, printed_bytes, found = -1, time.monotonic(), START_S, 0, Transcript()
        while self._process.poll() is None:
            grown = path.stat().st_size if path.is_file() else -1
            if grown != size:
                size, moved_s, allowed_s, printed_bytes = grown, time.monotonic(), patience.wall_s + GRACE_S, self._printed_bytes
                found = read_transcript(path)
            if tick is not None:
                tick(len(found.done), len(found.parts))
            if found.parts and not found.left:  # a thread of the student's may keep the process for ever
                return _Reason.ITSELF
            if self._printed_bytes - printed_bytes > patience.output_mib << 20:
                return _Reason.FLOOD
            if time.monotonic() - moved_s > allowed_s:
                return _Reason.LATE
            time.sleep(POLL_S)
        return _Reason.ITSELF

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while piece := os.read(pipe.fileno(), 1 << 16):
                self._printed_bytes += len(piece)
                self.tail = (self.tail + piece)[-TAIL_BYTES:]

    def _end(self) -> None:
        """End the process, and whatever the student's code started in it."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        elif self._process.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            with suppress(OSError):
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        self._process.kill()
        self._process.wait()


def _close(path: Path, found: Transcript, run: _Run, reason: _Reason, patience: _Patience, ends: Counter[str]) -> None:
    """Write down what the test came to in which the process ended, and what others need not be asked any more."""
    entry = _entry(found.parts[found.running])
    ends[entry] += 1
    outcome = _outcome(found, run, reason, patience)
    add_outcome(path, outcome)
    for test in found.left:
        part = found.parts[test]
        if test == found.running:
            continue
        if not found.has_loaded:  # a file that ends Python when it is imported does so for every test
            add_outcome(path, replace(outcome, id=test, part=part))
        elif ends[entry] >= MOST_ENDS and _entry(part) == entry:
            why = f"Not run: {ends[entry]} tests of this task had ended Python already."
            add_outcome(path, Outcome(id=test, part=part, verdict=outcome.verdict, message=why))


def _outcome(found: Transcript, run: _Run, reason: _Reason, patience: _Patience) -> Outcome:
    who, when = ("Your code", "") if found.has_loaded else ("Your file", " while it was imported")
    if reason is _Reason.FLOOD:
        verdict, message = Verdict.OUTPUT, f"{who} printed more than the {patience.output_mib} MiB that a test may print{when}."
    elif reason is _Reason.LATE or b"+ Timeout +" in run.tail:  # pytest-timeout ends the process where there are no signals
        verdict, message = Verdict.TIMEOUT, f"{who} did not come to an end in time{when}. Is there a loop that does not end?"
    else:
        verdict = Verdict.RAISED
        message = f"{who} ended Python itself{when}, {_how(run.code)}: an exit, or a fault in a library that it called."
    return Outcome(id=found.running, part=found.parts[found.running], verdict=verdict, message=message)


def _how(code: int) -> str:
    if code >= 0:
        return f"with exit code {code}"
    known = {number.value: number.name for number in signal.Signals}
    return f"by the signal {known.get(-code, -code)}"


def _entry(part: str) -> str:
    return part.rpartition(".")[0] or part


def _rehearsal(found: Transcript) -> Rehearsal:
    by_id = {outcome.id: outcome for outcome in found.outcomes}
    return Rehearsal(
        outcomes=tuple(by_id[test] for test in found.parts if test in by_id), waiting=dict(found.waiting), parts=dict(found.parts)
    )
