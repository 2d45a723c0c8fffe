"""Turns a submission into what each of its tasks must see: its text with definitions put in, and a worker that runs it."""

import marshal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from grader import draw as draws
from grader import splice
from grader.assignment import Assignment, Kind
from grader.errors import HarnessError
from grader.limits import Limits
from grader.orders import Order
from grader.result import Failure, Verdict
from grader.sandbox import devices
from grader.sandbox.box import Box
from grader.sandbox.devices import Accelerator
from grader.sandbox.leash import Usage, Worker
from grader.sandbox.student import Student
from grader.seat import INTEGRATION, Test, task_of

NOTHING = Usage(0.0, 0.0, 0.0)
TIMED_TESTS = 10  # thirty repeats on a device and their warming up, beside what an ordinary test does
DRIVER_THREADS = 64
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What a submission's text raises that is no Python."""


@dataclass
class Submitted:
    """The submission being judged: its module as each task must see it, and the worker that runs it."""

    assignment: Assignment
    reference: str
    order: Order
    box: Box
    tests: Counter[str]
    worker: Worker | None = None
    entry: str | None = None
    kept: dict[str, Any] = field(default_factory=dict)  # by checks, from one test to the next
    watched: bool = False  # whether the next worker records what it runs
    _texts: dict[tuple[str, ...], str] = field(default_factory=dict)
    device: Accelerator | None = None  # what the worker was put on

    @property
    def key(self) -> bytes:
        """The key that inputs are drawn from."""
        return self.order.key

    def student(self, test: Test) -> Student:
        """Return the submission for a test: one worker a task, a new one after a test that did not answer."""
        device = devices.accelerator(self.order.device) if test.kind is Kind.SPEED_CUDA else None
        # Nothing of a task may reach the next one: its worker could write down what was put in for it.
        leaves_task = self.entry not in (None, test.entry) or device != self.device
        self.device = device
        if leaves_task or self.worker is None or not self.worker.alive:
            self.close()
            self.worker = self._start(test, clear=leaves_task or self.watched)
            self.entry = test.entry
        self.worker.begin(draws.seed(self.key, self.assignment.topic, test.id, "worker"))
        return Student(self.worker)

    def module_for(self, entry: str) -> str:
        """Return the submission's text with `given` and what `entry` needs put in. `SyntaxError` if it is no Python."""
        names = put_in_names(self.assignment, entry)
        if names not in self._texts:
            self._texts[names] = splice.put_in(self.order.module, names)
        return self._texts[names]

    @contextmanager
    def observed(self) -> Iterator[Callable[[], object]]:
        """Run what runs inside in a worker of its own that records what it does; give the way to ask for the records."""
        self.close()
        self.watched = True
        try:
            yield lambda: self.worker.ask({"op": "observed"}) if self.worker and self.worker.alive else None
        finally:
            self.watched = False
            self.close()

    def usage(self) -> Usage:
        """Return what the running test has used."""
        return self.worker.usage() if self.worker else NOTHING

    def close(self) -> None:
        """Let go of the worker; it ends when the box is cleared."""
        if self.worker is not None:
            self.worker.let_go()
            self.worker = None

    def _start(self, test: Test, *, clear: bool) -> Worker:
        task = task_of(self.assignment, test)
        load = {
            "op": "load",
            "observe": self.watched,
            "name": self.assignment.topic,
            "module": self.module_for(test.entry),
            "given": given_code(self.reference, put_in_names(self.assignment, test.entry)),
        }
        limits = task.limits if task else self.assignment.limits
        tests = self.tests[test.entry]
        if self.device is None:
            return Worker(self.box, load, task=task, limits=limits, tests=tests, clear=clear, kept=self.kept)
        limits = device_limits(limits, self.device)
        worker = Worker(self.box, load, task=task, limits=limits, tests=tests, clear=clear, kept=self.kept, device=True)
        worker.accelerator = self.device
        prepare(worker, self.device)
        return worker


def device_limits(limits: Limits, device: Accelerator) -> Limits:
    """Return limits that leave the device's driver what it takes for itself, and the timed repeats their time."""
    more_s = device.start_s + TIMED_TESTS * limits.cpu_s
    return replace(
        limits,
        cpu_s=limits.cpu_s + more_s,
        wall_s=limits.wall_s + more_s,
        memory_mib=limits.memory_mib + device.host_mib,
        processes=limits.processes + DRIVER_THREADS,
    )


def prepare(worker: Worker, device: Accelerator) -> None:
    """Put a fresh worker on the device. No student's code has run in it: what fails here is the harness's."""
    try:
        worker.ask({"op": "device", "name": device.torch_name, "share": device.memory_share})
    except Failure as failure:
        told = failure.detail or failure.message
        raise HarnessError(f"A worker cannot use {device.name}: {told} Is the device free, and its files readable by all?") from failure


def unreadable(error: BaseException) -> Failure:
    """Return what it means for every test that a submission's text is no Python."""
    line = f" at line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    shown = f"{type(error).__name__}{line}: {error.msg}" if isinstance(error, SyntaxError) else ""
    return Failure(Verdict.INVALID, f"Your file does not import: {type(error).__name__}{line}.", shown=shown, detail=shown)


def put_in_names(assignment: Assignment, entry: str) -> tuple[str, ...]:
    """Return what is put in before a task is graded: what is given, and what the task needs of the others."""
    needs = () if entry == INTEGRATION else assignment.needs_of(entry)
    return (*assignment.given, *needs)


@cache
def given_code(reference: str, names: tuple[str, ...]) -> bytes | None:
    """Return the put-in definitions as code without docstrings or file names; their globals are the reference's imports alone."""
    if not names:
        return None
    text = splice.extract(reference, names)
    return marshal.dumps(compile(text, "<given>", "exec", dont_inherit=True, optimize=2))
