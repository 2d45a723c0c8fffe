"""Turns a topic's tests into what they make of programs that the course itself wrote, asked of one process that imports everything once.

The reference shows the inputs that every student can see; a mutant of it shows which test kills it, or that none does.
`grader.proving` is that process. Only trusted code runs there.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Self

import msgspec

from grader.assignment import Assignment, Kind, load_assignment
from grader.course import Course
from grader.errors import CourseError, HarnessError
from grader.mutants import Mutant, mutants
from grader.studies import Fate

KINDS = (Kind.CORRECTNESS, Kind.GRADIENT, Kind.PROPERTY)
NOT_LOADED, OUT_OF_TIME, CRASHED = "it does not load", "it does not end", "it ends the process"

Told = Callable[[], None]
"""Called after each mutant."""


class Trial(msgspec.Struct, kw_only=True):
    """What the process is asked: the published inputs, or the fates of mutants, tried in `shares` forks side by side."""

    inputs: bool = False
    again: dict[str, str | None] | None = None  # of these mutants alone, by digest: the test that killed each
    shares: int = 1


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of what comes back: the fate of a mutant, or the end, with what was asked for or what went wrong."""

    fate: Fate | None = None
    is_end: bool = False
    seen: list[str] = []
    fault: str = ""  # the author's
    trouble: str = ""  # the harness's


class Trials:
    """The process of one topic, started when it is first asked. Not to be shared between threads."""

    def __init__(self, course: Course, topic: str) -> None:
        self.course, self.topic = course, topic
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None or self._process.stdin is None or self._answers is None:
            return
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._answers.close()
        self._log.close()
        self._process = None

    def seen_inputs(self) -> set[str]:
        """Return the digests, as `mechanical.recorder` makes them, of all inputs that the public tests give the reference.

        They are run under the published key, as on a student's machine. `CourseError` if the reference fails one, or none calls it.
        """
        return {digest for answer in self._ask(Trial(inputs=True)) for digest in answer.seen}

    def fates(self, *, again: Sequence[Fate] = (), workers: int = 1, told: Told | None = None) -> tuple[Fate, ...]:
        """Return the fate of every mutant of the topic's tasks, in their order.

        With `again` of these alone: each is tried at the test that killed it, and at that one only; at every test where it was no test.
        """
        found = []
        for answer in self._ask(Trial(again={fate.digest: fate.killer for fate in again} or None, shares=workers)):
            if answer.fate is not None:
                found.append(answer.fate)
                if told:
                    told()
        order = {mutant.digest: i for i, mutant in enumerate(mutants_of(self.course, load_assignment(self.course, self.topic)))}
        return tuple(sorted(found, key=lambda fate: order[fate.digest]))

    def _ask(self, trial: Trial) -> Iterator[Answer]:
        process, answers = self._started()
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # what it said last is told below
            process.stdin.write(msgspec.json.encode(trial) + b"\n")
            process.stdin.flush()
        for line in answers:
            answer = msgspec.json.decode(line, type=Answer)
            if answer.fault:
                raise CourseError(answer.fault)
            if answer.trouble:
                raise HarnessError(answer.trouble)
            yield answer
            if answer.is_end:
                return
        process.wait()
        self._log.seek(0)
        words = self._log.read()[-3000:].decode(errors="replace").strip()
        raise HarnessError(f"The tests of {self.topic} could not be tried:\n{words or f'exit code {process.returncode}'}")

    def _started(self) -> tuple[subprocess.Popen[bytes], BinaryIO]:
        if self._process is None or self._answers is None:
            environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            environment.pop("PYTEST_ADDOPTS", None)
            reading, writing = os.pipe()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            command = [sys.executable, "-m", "grader.proving", str(self.course.root), self.topic, str(writing)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=self._log, stderr=self._log, pass_fds=[writing], env=environment
            )
            os.close(writing)
            self._answers = os.fdopen(reading, "rb")
        return self._process, self._answers


def mutants_of(course: Course, assignment: Assignment) -> tuple[Mutant, ...]:
    """Return the mutants of the tasks that have a part which mutants are tried against.

    A task with levels has none: its design is the student's own, so that another number of filters is no mistake. It is measured instead.
    """
    text = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
    return mutants(text, [task.entry for task in assignment.tasks if set(task.points) & set(KINDS) and task.levels is None])
