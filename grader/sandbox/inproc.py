"""Turns a student's module into a leash in this very process: for a student's own machine, never for an official mark.

Values are encoded and decoded exactly as across the wall, so that a copy is a copy here too.
"""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import torch

from grader.assignment import Task
from grader.errors import HarnessError
from grader.result import Failure
from grader.sandbox.peak import OwnPeak, Peak
from grader.sandbox.service import Question, Service
from grader.sandbox.student import incoming, outgoing
from grader.worker.cell import Cell


class InProcess:
    """The student's code in this interpreter."""

    def __init__(
        self, topic: str, module: str, *, given: bytes | None = None, task: Task | None = None, kept: dict[str, Any] | None = None
    ) -> None:
        self.last_call, self.remark = "", ""
        self.kept: dict[str, Any] = {} if kept is None else kept
        self.service = Service()
        self.lines = module.count("\n") + 1
        self.task = task
        self._cell = Cell(self._answer)
        self._nonce = 0
        self._load = {"op": "load", "name": topic, "module": module, "given": given}
        self._loaded = False

    def ask(self, message: Mapping[str, Any]) -> Any:
        """Answer from this process; the student's own exception is the cause of the `Failure`."""
        self.load()
        return self._exchange(message)

    def load(self) -> None:
        """Import the module, once, with one thread for torch as in the box; `Failure` if it does not import."""
        if not self._loaded:
            self._loaded = True
            torch.set_num_threads(1)  # small tensors are slower with several, and a public speed check should see what a mark sees
            self._exchange(self._load, loading=True)

    def restart(self, seed: int) -> None:
        """Seed anew. Nothing else: there are no limits."""
        self.service.close()
        self.ask({"op": "test", "seed": seed})

    def cpu_s(self) -> float:
        """Return this process's CPU seconds: advice on a student's machine, never a mark."""
        return time.process_time()

    def freeze(self) -> None:
        """Do nothing: there is no other process."""

    def thaw(self) -> None:
        """Do nothing: there is no other process."""

    def peak(self) -> Peak:
        """Return what reads this process's memory where the system tells it: advice on a student's machine, never a mark."""
        return OwnPeak()

    def _exchange(self, message: Mapping[str, Any], *, loading: bool = False) -> Any:
        reply = _joined(self._cell.answer(*self._sent(message)))
        try:
            return incoming(self, *reply, self._nonce, loading=loading)
        except Failure as failure:
            raise failure from self._cell.last_exception

    def _sent(self, message: Mapping[str, Any]) -> tuple[bytes, bytearray]:
        self._nonce = secrets.randbits(62)
        return _joined(outgoing(message, self._nonce))

    def _answer(self, frame: list[bytes | memoryview]) -> tuple[bytes, bytearray]:
        """Answer what the student's code asks while it is being called."""
        question = incoming(self, *_joined(frame), self._nonce)
        if not isinstance(question, Question):
            raise HarnessError("The worker's side answered where it should have asked.")
        return self._sent(self.service.answer(question))


def _joined(buffers: list[bytes | memoryview]) -> tuple[bytes, bytearray]:
    return bytes(buffers[1]), bytearray(b"".join(buffers[2:]))
