"""Turns mutants of a topic's reference into the test that each was killed by, or into the news that it survived.

Run as `python -m grader.survivors` by `grader.workflow.study`: the tests run in this process, each mutant in a fork of its own.
Only trusted code runs here: the reference, and what differs from it in one small thing.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader import draw as draws
from grader import plugin, splice
from grader.assignment import Assignment, Kind, load_assignment
from grader.course import Course, load_course
from grader.errors import HarnessError
from grader.judge import test_files
from grader.mutants import Mutant, mutants
from grader.result import Failure
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student
from grader.seat import Test
from grader.submitted import given_code, put_in_names
from grader.worker import forks
from grader.worker.zygote import warm

KEY = b"verify-1"
KINDS = (Kind.CORRECTNESS, Kind.GRADIENT, Kind.PROPERTY)
MUTANT_S = 20
MEMORY_BYTES = 8 << 30
NOT_LOADED, OUT_OF_TIME, CRASHED = "it does not load", "it does not end", "it ends the process"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a mutant: `killer` is the test that it failed first, or how it failed without one; None if it survived."""

    entry: str
    change: str
    digest: str
    killer: str | None


def fates(course: Course, topic: str, *, only: Sequence[str] = (), workers: int = 1) -> tuple[Fate, ...]:
    """Return the fate of every mutant of a topic's tasks, or of those with the digests `only`."""
    with tempfile.TemporaryDirectory(prefix="grader-mutants-") as folder, ThreadPoolExecutor(workers) as pool:
        (Path(folder) / "only").write_text("\n".join(only), encoding="utf-8")
        shares = list(pool.map(lambda share: _share(course, topic, Path(folder), share, workers), range(workers)))
    order = {mutant.digest: i for i, mutant in enumerate(_mutants(course, load_assignment(course, topic)))}
    return tuple(sorted((fate for share in shares for fate in share), key=lambda fate: order[fate.digest]))


def _share(course: Course, topic: str, folder: Path, share: int, shares: int) -> list[Fate]:
    command = [sys.executable, "-m", "grader.survivors", str(course.root), topic, str(folder), str(share), str(shares)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    out = folder / str(share)
    if done.returncode or not out.is_file():
        raise HarnessError(f"The mutants of {topic} could not be tried:\n{(done.stdout + done.stderr)[-3000:]}")
    return [Fate(**each) for each in json.loads(out.read_text(encoding="utf-8"))]


def _mutants(course: Course, assignment: Assignment) -> tuple[Mutant, ...]:
    text = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
    return mutants(text, [task.entry for task in assignment.tasks])


class _Bench:
    """The pytest plugin that takes the place of pytest's loop, and the seat that its tests find a mutant on."""

    key = KEY

    def __init__(self, course: Course, assignment: Assignment, mutants: Sequence[Mutant]) -> None:
        self.assignment, self.mutants = assignment, mutants
        self.reference = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
        self.leash: InProcess | None = None
        self.caught: BaseException | None = None
        self.fates: list[Fate] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[plugin.JUDGED] = True
        config.stash[plugin.SEAT] = self

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [item for item in session.items if item.stash[plugin.TEST].kind in KINDS]
        warm()
        for entry in {item.stash[plugin.TEST].entry for item in items}:
            self._names(entry)
        forks.settle(forks.open_map())
        for mutant in self.mutants:
            killer = self._killer(mutant, [item for item in items if item.stash[plugin.TEST].entry == mutant.entry])
            self.fates.append(Fate(entry=mutant.entry, change=mutant.change, digest=mutant.digest, killer=killer))
        return True

    def student(self, test: Test) -> Student:
        if self.leash is None:
            raise HarnessError("No mutant is being tried.")
        self.leash.ask({"op": "test", "seed": draws.seed(KEY, self.assignment.topic, test.id, "worker")})
        return Student(self.leash)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        except BaseException as error:
            self.caught = error
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        except BaseException as error:
            self.caught = error
            raise

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        outcome: str = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when, duration=call.duration)  # type: ignore[arg-type]

    def _killer(self, mutant: Mutant, items: Sequence[pytest.Item]) -> str | None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(MUTANT_S)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            with contextlib.suppress(BaseException):
                os.write(writing, json.dumps(self._first_failure(mutant, items)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as answers:
            said = answers.read()
        _, status = os.waitpid(pid, 0)
        if said:
            return json.loads(said)  # type: ignore[no-any-return]
        return OUT_OF_TIME if os.waitstatus_to_exitcode(status) == -signal.SIGALRM else CRASHED

    def _first_failure(self, mutant: Mutant, items: Sequence[pytest.Item]) -> str | None:
        names = put_in_names(self.assignment, mutant.entry)
        self.leash = InProcess(self.assignment.topic, splice.put_in(mutant.module, names), given=given_code(self.reference, names))
        try:
            self.leash.load()
        except Failure:
            return NOT_LOADED
        for item in items:
            self.caught = None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.caught is not None:
                return item.stash[plugin.TEST].id
        return None

    def _names(self, entry: str) -> None:
        given_code(self.reference, put_in_names(self.assignment, entry))


def main(root: str, topic: str, folder: str, share: str, shares: str) -> int:
    """Try every `shares`-th mutant from the `share`-th on, and write what became of each."""
    course = load_course(Path(root))
    assignment = load_assignment(course, topic)
    only = set((Path(folder) / "only").read_text(encoding="utf-8").split())
    chosen = [mutant for mutant in _mutants(course, assignment) if not only or mutant.digest in only]
    bench = _Bench(course, assignment, chosen[int(share) :: int(shares)])
    files = [str(path) for path in test_files(course, topic)]
    arguments = ["-qq", "-c", os.devnull, "--rootdir", root, "-p", "no:cacheprovider", "--import-mode=importlib", "--noconftest"]
    code = int(pytest.main([*arguments, "--capture=no", *files], plugins=[plugin, bench]))
    if code == 0:
        (Path(folder) / share).write_text(json.dumps([vars(fate) for fate in bench.fates]), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
