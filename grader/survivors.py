"""Turns mutants of a topic's reference into the test that each was killed by, or into the news that it survived.

Run as `python -m grader.survivors`: the tests run in this process, each mutant in a fork of its own.
Only trusted code runs here: the reference, and what differs from it in one small thing.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import msgspec
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
from grader.studies import Fate
from grader.submitted import given_code, put_in_names
from grader.worker import forks
from grader.worker.zygote import warm

KEY = b"verify-1"
KINDS = (Kind.CORRECTNESS, Kind.GRADIENT, Kind.PROPERTY)
LEAST_PATIENCE_S, PATIENCE = 5, 5  # seconds, and times what the reference needs: a mutant that takes longer does not end
MEMORY_BYTES = 8 << 30
NOT_LOADED, OUT_OF_TIME, CRASHED = "it does not load", "it does not end", "it ends the process"


Told = Callable[[], None]
"""Called after each mutant."""


def fates(course: Course, topic: str, *, again: Sequence[Fate] = (), workers: int = 1, told: Told | None = None) -> tuple[Fate, ...]:
    """Return the fate of every mutant of a topic's tasks, in their order.

    With `again` of these alone: each is tried at the test that killed it, and at that one only; at every test where it was no test.
    """
    with ThreadPoolExecutor(workers) as pool:
        shares = list(pool.map(lambda share: _share(course, topic, again, share, workers, told), range(workers)))
    order = {mutant.digest: i for i, mutant in enumerate(mutants_of(course, load_assignment(course, topic)))}
    return tuple(sorted(chain.from_iterable(shares), key=lambda fate: order[fate.digest]))


def _share(course: Course, topic: str, again: Sequence[Fate], share: int, shares: int, told: Told | None) -> list[Fate]:
    """Run one process of `shares`, and read the fate of each of its mutants as it is told."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "grader.survivors", str(course.root), topic, str(writing), str(share), str(shares)]
    command += [f"{fate.digest} {fate.killer or ''}" for fate in again]
    found = []
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[writing], env=environment)
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            for line in lines:
                found.append(msgspec.json.decode(line, type=Fate))
                if told:
                    told()
        if process.wait():
            log.seek(0)
            words = log.read()[-3000:].decode(errors="replace")
            raise HarnessError(f"The mutants of {topic} could not be tried:\n{words}")
    return found


def mutants_of(course: Course, assignment: Assignment) -> tuple[Mutant, ...]:
    """Return the mutants of the tasks that have a part which mutants are tried against.

    A task with levels has none: its design is the student's own, so that another number of filters is no mistake. It is measured instead.
    """
    text = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
    return mutants(text, [task.entry for task in assignment.tasks if set(task.points) & set(KINDS) and task.levels is None])


class _Bench:
    """The pytest plugin that takes the place of pytest's loop, and the seat that its tests find a mutant on."""

    key = KEY

    def __init__(self, course: Course, assignment: Assignment, mutants: Sequence[Mutant], answers: int, killers: Mapping[str, str]) -> None:
        self.assignment, self.mutants, self.answers, self.killers = assignment, mutants, answers, killers
        self.reference = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
        self.leash: InProcess | None = None
        self.caught: BaseException | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[plugin.JUDGED] = True
        config.stash[plugin.SEAT] = self

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [item for item in session.items if item.stash[plugin.TEST].kind in KINDS]
        warm()
        for entry in {item.stash[plugin.TEST].entry for item in items}:
            given_code(self.reference, put_in_names(self.assignment, entry))  # compiled once for all mutants
        forks.settle(forks.open_map())
        chosen = {mutant.digest: self._tests_of(mutant, items) for mutant in self.mutants}
        patience_s = {}
        for entry in dict.fromkeys(mutant.entry for mutant in self.mutants):
            needed = {item for mutant in self.mutants if mutant.entry == entry for item in chosen[mutant.digest]}
            patience_s[entry] = self._patience_s(entry, [item for item in items if item in needed])
        for mutant in self.mutants:
            killer = self._killer(mutant.entry, mutant.module, chosen[mutant.digest], patience_s[mutant.entry])
            fate = Fate(entry=mutant.entry, change=mutant.change, digest=mutant.digest, killer=killer)
            os.write(self.answers, msgspec.json.encode(fate) + b"\n")
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

    def _tests_of(self, mutant: Mutant, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Return the tests of a mutant's task, or the one among them that is known to kill it."""
        own = [item for item in items if item.stash[plugin.TEST].entry == mutant.entry]
        known = [item for item in own if item.stash[plugin.TEST].id == self.killers.get(mutant.digest)]
        return known or own

    def _patience_s(self, entry: str, items: Sequence[pytest.Item]) -> int:
        """Return how long a mutant of a task may take. `HarnessError` where the reference itself fails."""
        began_s = time.monotonic()
        killer = self._killer(entry, self.reference, items, 0)
        if killer is not None:
            raise HarnessError(f"The reference itself fails at {killer}, under the key {KEY.decode()}.")
        return LEAST_PATIENCE_S + int(PATIENCE * (time.monotonic() - began_s))

    def _killer(self, entry: str, module: str, items: Sequence[pytest.Item], patience_s: int) -> str | None:
        """Return what kills a module, tried in a fork for its task alone; without `patience_s` it may take as long as it likes."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(patience_s)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            with contextlib.suppress(BaseException):
                killer = self._first_failure(entry, module, items)
                os.write(writing, msgspec.json.encode(killer))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as answers:
            said = answers.read()
        _, status = os.waitpid(pid, 0)
        if said:
            return msgspec.json.decode(said, type=str | None)
        return OUT_OF_TIME if os.waitstatus_to_exitcode(status) == -signal.SIGALRM else CRASHED

    def _first_failure(self, entry: str, module: str, items: Sequence[pytest.Item]) -> str | None:
        names = put_in_names(self.assignment, entry)
        self.leash = InProcess(
            self.assignment.topic,
            splice.put_in(module, names),
            given=given_code(self.reference, names),
            task=self.assignment.task(entry),
        )
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


def main(root: str, topic: str, answers: str, share: str, shares: str, *again: str) -> int:
    """Try every `shares`-th mutant from the `share`-th on, and tell what became of each; `again` are digests, each with its killer."""
    course = load_course(Path(root))
    assignment = load_assignment(course, topic)
    killers = dict(each.split(" ", 1) for each in again)
    chosen = [mutant for mutant in mutants_of(course, assignment) if not killers or mutant.digest in killers]
    bench = _Bench(course, assignment, chosen[int(share) :: int(shares)], int(answers), killers)
    files = [str(path) for path in test_files(course, topic)]
    arguments = ["-qq", "-c", os.devnull, "--rootdir", root, "-p", "no:cacheprovider", "--import-mode=importlib", "--noconftest"]
    return int(pytest.main([*arguments, "--capture=no", *files], plugins=[plugin, bench]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
