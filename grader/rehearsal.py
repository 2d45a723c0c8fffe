"""Turns a release's folder and a student's module into the outcomes of the public tests, whatever the module does to Python.

The tests run in a process of their own, as under plain `pytest`. Where a student's code ends that process, another one goes on
behind the test that it happened in.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from grader.errors import CourseError
from grader.result import Outcome, Verdict
from grader.transcript import Transcript, add_outcome, read_transcript

MOST_ENDS = 2  # of the process, in one task; by then its other tests would only say the same
POLL_S = 0.05
START_S = 120.0  # to import torch on a slow disk
GRACE_S = 15.0
TEST_FAILED = (0, 1, 5)  # exit codes of pytest: passed, some failed, none left


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A run of the public tests: what each came to, in the order of the file; tests that wait, with the tasks they wait for."""

    outcomes: tuple[Outcome, ...]
    waiting: dict[str, tuple[str, ...]]
    parts: dict[str, str]


def rehearse(folder: Path, topic: str, module: Path, longest_s: float) -> Rehearsal:
    """Run the public tests of a release with `module`; no test may say nothing for longer than `longest_s`, its own limit.

    `CourseError` with pytest's words if the tests cannot be run at all.
    """
    with tempfile.TemporaryDirectory(prefix="grader-check-") as scratch:
        path, log = Path(scratch) / "transcript.jsonl", Path(scratch) / "log.txt"
        ends: Counter[str] = Counter()
        while True:
            code, is_late = _run(folder, topic, module, path, log, longest_s)
            found = read_transcript(path)
            if not found.parts or (not found.running and code not in TEST_FAILED):
                words = log.read_bytes()[-3000:].decode("utf-8", "replace").strip()
                raise CourseError(f"The checks in {folder} cannot be run:\n{words or f'pytest ended with exit code {code}'}")
            if not found.running:
                return _rehearsal(found)
            ends[_entry(found.parts[found.running])] += 1
            _close(path, found, code, is_late, ends)


def _run(folder: Path, topic: str, module: Path, path: Path, log: Path, longest_s: float) -> tuple[int, bool]:
    """Run pytest once; return its exit code, and whether it had to be ended because nothing moved any more."""
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder), "--import-mode=importlib"]
    command += ["-p", "no:cacheprovider", "-p", "grader.plugin", "-p", "pytest_timeout"]
    command += ["--submission", str(module), "--grader-transcript", str(path), str(folder / f"test_{topic}.py")]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as process,
    ):
        try:
            is_late = _watch(process, path, longest_s)
        except BaseException:
            process.kill()
            raise
    return process.returncode, is_late


def _watch(process: "subprocess.Popen[bytes]", path: Path, longest_s: float) -> bool:
    """Wait for the end of a process; end it where its transcript does not grow any more."""
    size, moved_s, patience_s = -1, time.monotonic(), START_S
    while process.poll() is None:
        grown = path.stat().st_size if path.is_file() else -1
        if grown != size:
            size, moved_s, patience_s = grown, time.monotonic(), longest_s + GRACE_S
        if time.monotonic() - moved_s > patience_s:
            process.kill()
            process.wait()
            return True
        time.sleep(POLL_S)
    return False


def _close(path: Path, found: Transcript, code: int, is_late: bool, ends: Counter[str]) -> None:
    """Write down what the test came to in which the process ended; and the task's others, where it ended often enough."""
    entry = _entry(found.parts[found.running])
    if is_late or _is_timeout(path):
        verdict, message = Verdict.TIMEOUT, "Your code did not answer in time."
    else:
        how = f"by the signal {-code}" if code < 0 else f"with exit code {code}"
        verdict, message = Verdict.RAISED, f"Your code ended Python itself, {how}: an exit, or a fault in a library that it called."
    add_outcome(path, Outcome(id=found.running, part=found.parts[found.running], verdict=verdict, message=message))
    if ends[entry] >= MOST_ENDS:
        for test in found.left:
            if _entry(found.parts[test]) == entry and test != found.running:
                why = f"Not run: {ends[entry]} tests of this task had ended Python already."
                add_outcome(path, Outcome(id=test, part=found.parts[test], verdict=verdict, message=why))


def _is_timeout(path: Path) -> bool:
    """Tell whether pytest-timeout ended the process, as it does where there are no signals."""
    return "Timeout" in path.with_name("log.txt").read_bytes()[-20_000:].decode("utf-8", "replace")


def _entry(part: str) -> str:
    return part.rpartition(".")[0] or part


def _rehearsal(found: Transcript) -> Rehearsal:
    by_id = {outcome.id: outcome for outcome in found.outcomes}
    return Rehearsal(
        outcomes=tuple(by_id[test] for test in found.parts if test in by_id), waiting=dict(found.waiting), parts=dict(found.parts)
    )
