"""Turns a student's module into a leash in this very process: for a student's own machine, never for an official mark.

Values are encoded and decoded exactly as across the wall, so that a copy is a copy here too.
"""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from grader.assignment import Task
from grader.result import Failure
from grader.sandbox.student import incoming, outgoing
from grader.worker.cell import Cell


class InProcess:
    """The student's code in this interpreter."""

    def __init__(self, topic: str, module: str, *, given: bytes | None = None, task: Task | None = None) -> None:
        self.last_call = ""
        self.lines = module.count("\n") + 1
        self.task = task
        self._cell = Cell()
        self._load = {"op": "load", "name": topic, "module": module, "given": given}
        self._loaded = False

    def ask(self, message: Mapping[str, Any]) -> Any:
        """Answer from this process; the student's own exception is the cause of the `Failure`."""
        self.load()
        return self._exchange(message)

    def load(self) -> None:
        """Import the module, once; `Failure` if it does not import."""
        if not self._loaded:
            self._loaded = True
            self._exchange(self._load, loading=True)

    def cpu_s(self) -> float:
        """Return this process's CPU seconds: advice on a student's machine, never a mark."""
        return time.process_time()

    def freeze(self) -> None:
        """Do nothing: there is no other process."""

    def thaw(self) -> None:
        """Do nothing: there is no other process."""

    def _exchange(self, message: Mapping[str, Any], *, loading: bool = False) -> Any:
        nonce = secrets.randbits(62)
        header, blob = _joined(outgoing(message, nonce))
        reply = _joined(self._cell.answer(header, blob))
        try:
            return incoming(self, *reply, nonce, loading=loading)
        except Failure as failure:
            raise failure from self._cell.last_exception


def _joined(buffers: list[bytes | memoryview]) -> tuple[bytes, bytearray]:
    return bytes(buffers[1]), bytearray(b"".join(buffers[2:]))
