"""Turns trusted programs into what a topic's tests make of them: in a fork of the judge that collected them, each in a fork of its own.

The tests run in that process, not in the box: only the reference runs here, and what differs from it in one small thing.
"""

import contextlib
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import pytest

from grader import draw as draws
from grader import mechanical, plugin, splice
from grader.assignment import Assignment
from grader.catching import Catching
from grader.course import Course
from grader.errors import CourseError, HarnessError
from grader.mutants import Mutant
from grader.plugin import PUBLISHED_KEY
from grader.result import Failure
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student
from grader.seat import Test, task_of
from grader.studies import Fate
from grader.submitted import given_code, put_in_names
from grader.trials import CRASHED, KINDS, NOT_LOADED, OUT_OF_TIME, Answer, Trial, mutants_of

KEY = b"verify-1"
LEAST_PATIENCE_S, PATIENCE = 5, 5  # seconds, and times what the reference needs: a mutant that takes longer does not end
MEMORY_BYTES = 8 << 30


@dataclass(frozen=True)
class _Seat:
    """The seat of the tests in one fork: the key, and how a test gets its program."""

    topic: str
    key: bytes
    leash: Callable[[Test], InProcess]

    def student(self, test: Test) -> Student:
        leash = self.leash(test)
        leash.ask({"op": "test", "seed": draws.seed(self.key, self.topic, test.id, "worker")})
        return Student(leash)


class Bench(Catching):
    """The pytest plugin that takes the judge's place in a fork of it."""

    def __init__(self, course: Course, assignment: Assignment, items: Sequence[pytest.Item], say: Callable[[Answer], None]) -> None:
        self.course, self.assignment, self.items, self.say = course, assignment, items, say
        self.reference = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")

    def prove(self, trial: Trial) -> None:
        """Say what was asked for, or what went wrong."""
        try:
            if trial.inputs:
                self._inputs()
            else:
                self._fates(trial)
        except CourseError as error:
            self.say(Answer(fault=str(error)))
        except HarnessError as error:
            self.say(Answer(trouble=str(error)))

    def _inputs(self) -> None:
        """Say the digests of what the public tests give the reference, which is loaded anew for each, as on a student's machine."""
        topic, entries = self.assignment.topic, [task.entry for task in self.assignment.tasks]
        public = [item for item in self.items if item.stash[plugin.TEST].is_public]
        with tempfile.TemporaryDirectory(prefix="grader-published-") as folder:
            log = Path(folder) / "seen"
            recorder = mechanical.recorder(self.reference, entries, str(log))

            def why_not() -> str | None:
                seat = _Seat(topic, PUBLISHED_KEY, lambda test: InProcess(topic, recorder, task=task_of(self.assignment, test)))
                return self._explained(self._first_failure(public, seat))

            failure = _said_in_fork(why_not)
            if failure is not None or not log.is_file():
                why = failure or "No test calls it."
                raise CourseError(f"The public tests of {topic} do not pass with the reference on a student's machine:\n{why}")
            self.say(Answer(seen=sorted(set(log.read_text(encoding="utf-8").split()))))

    def _fates(self, trial: Trial) -> None:
        """Say the fate of each mutant as it is known."""
        killers = trial.again or {}
        chosen = [mutant for mutant in mutants_of(self.course, self.assignment) if not killers or mutant.digest in killers]
        tests = {mutant.digest: self._tests_of(mutant, killers) for mutant in chosen}
        patience_s = {}
        for entry in dict.fromkeys(mutant.entry for mutant in chosen):
            needed = {item for mutant in chosen if mutant.entry == entry for item in tests[mutant.digest]}
            patience_s[entry] = self._patience_s(entry, [item for item in self.items if item in needed])

        def try_share(first: int) -> None:
            for mutant in chosen[first :: trial.shares]:
                killer = self._killer(mutant.entry, mutant.module, tests[mutant.digest], patience_s[mutant.entry])
                self.say(Answer(fate=Fate(entry=mutant.entry, change=mutant.change, digest=mutant.digest, killer=killer)))

        pids = [_fork(partial(try_share, first)) for first in range(trial.shares)]
        ends = [os.waitpid(pid, 0)[1] for pid in pids]
        if any(ends):
            raise HarnessError(f"The mutants of {self.assignment.topic} could not all be tried.")

    def _tests_of(self, mutant: Mutant, killers: Mapping[str, str | None]) -> list[pytest.Item]:
        """Return the tests of a mutant's task, or the one among them that is known to kill it."""
        own = [item for item in self.items if item.stash[plugin.TEST].entry == mutant.entry and item.stash[plugin.TEST].kind in KINDS]
        known = [item for item in own if item.stash[plugin.TEST].id == killers.get(mutant.digest)]
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
        topic, names = self.assignment.topic, put_in_names(self.assignment, entry)

        def killer() -> str | None:
            given = given_code(self.reference, names)
            leash = InProcess(topic, splice.put_in(module, names), given=given, task=self.assignment.task(entry))
            try:
                leash.load()
            except Failure:
                return NOT_LOADED
            failed = self._first_failure(items, _Seat(topic, KEY, lambda _: leash))
            return failed.stash[plugin.TEST].id if failed else None

        return _said_in_fork(killer, patience_s)

    def _first_failure(self, items: Sequence[pytest.Item], seat: _Seat) -> pytest.Item | None:
        for item in items:
            item.config.stash[plugin.SEAT] = seat
            self.caught = None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.caught is not None:
                return item
        return None

    def _explained(self, failed: pytest.Item | None) -> str | None:
        """Return what a failed test would tell a student, or what went wrong in the test itself."""
        if failed is None:
            return None
        test, caught = failed.stash[plugin.TEST], self.caught
        return plugin.explained(failed, test, caught) if isinstance(caught, Failure) else f"{test.id}: {type(caught).__name__}: {caught}"


def _said_in_fork(work: Callable[[], str | None], patience_s: int = 0) -> str | None:
    """Return what `work` returns in a fork, or how the fork ended; without `patience_s` it may take as long as it likes."""
    reading, writing = os.pipe()

    def say() -> None:
        os.close(reading)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(patience_s)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        os.write(writing, msgspec.json.encode(work()))

    pid = _fork(say)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        said = answers.read()
    _, status = os.waitpid(pid, 0)
    if said:
        return msgspec.json.decode(said, type=str | None)
    return OUT_OF_TIME if os.waitstatus_to_exitcode(status) == -signal.SIGALRM else CRASHED


def _fork(work: Callable[[], None]) -> int:
    """Do the work in a fork that never returns, and return its number; it exits with 1 where the work raises."""
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            work()
            code = 0
        os._exit(code)
    return pid
