"""Turns a reference into a process of its own on a device: seals arguments, runs them, overwrites caches, measures the device.

It is forked from the judge of one submission, which never touches the device itself, and answers over the same wire as a worker,
so that its calls take the same way as the student's. No student's code runs in it.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

import torch

from grader import wire
from grader.errors import HarnessError
from grader.sandbox.devices import Accelerator
from grader.worker import confine, placed

ANSWER_TIMEOUT_S = 120.0
_TIMES = 5


class Bench:
    """The reference on a device. Close it, and its share of the device's memory is free again."""

    def __init__(self, device: Accelerator, reference: Callable[..., Any]) -> None:
        self._line, theirs = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            self._line.close()
            _serve(theirs, device, reference)
        theirs.close()
        self._line.settimeout(ANSWER_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)

    def ask(self, op: str, **message: Any) -> Any:
        """Return the answer of the process; `HarnessError` if it fails: neither reference nor device are a student's business."""
        try:
            wire.send(self._line, wire.pack({"op": op, **message}))
            answer = wire.unpack(*wire.receive(self._line))
        except (OSError, EOFError, wire.WireError) as error:
            raise HarnessError(f"The reference's process on the device ended at {op}: {error!r}.") from error
        if "fault" in answer:
            raise HarnessError(f"The reference fails on the device, at {op}: {answer['fault']}.")
        return answer["value"]


class _Stand:
    """What the process does."""

    def __init__(self, device: Accelerator, reference: Callable[..., Any]) -> None:
        self._reference = reference
        self._desk = placed.prepare(device.torch_name, device.memory_share)
        on = self._desk.device
        self._is_cuda = on.type == "cuda"
        l2_bytes = getattr(torch.cuda.get_device_properties(on), "L2_cache_size", 0) if self._is_cuda else 0
        self._buffer = torch.zeros(max(device.flush_bytes, 2 * l2_bytes), dtype=torch.uint8, device=on)

    def seal(self, message: Mapping[str, Any]) -> object:
        """Mask arguments, keep them for the reference's turn, and return them for the student's."""
        sealed = [placed.seal(call, message["key"] + n, self._desk.device) for n, call in enumerate(message["calls"])]
        self._desk.put(sealed)
        return sealed

    def run(self, message: Mapping[str, Any]) -> object:
        """Run the reference on what was sealed last."""
        return self._desk.run(self._reference, message["key"])

    def flush(self, _: Mapping[str, Any]) -> float:
        """Overwrite more than the device's L2 cache; return how long that took."""
        return self._seconds(lambda: self._buffer.add_(1))

    def peaks(self, _: Mapping[str, Any]) -> list[float]:
        """Return bytes and operations a second, the most that was reached in a few runs."""
        other = torch.empty_like(self._buffer)
        copy_s = min(self._seconds(lambda: other.copy_(self._buffer)) for _ in range(_TIMES))
        size = 8192 if self._is_cuda else 512
        matrix = torch.ones(size, size, dtype=torch.float16 if self._is_cuda else torch.float32, device=self._desk.device)
        product_s = min(self._seconds(lambda: matrix @ matrix) for _ in range(_TIMES))
        return [2 * self._buffer.numel() / copy_s, 2 * size**3 / product_s]

    def memory_mib(self, _: Mapping[str, Any]) -> list[float]:
        """Return the device memory taken by anything but this process's tensors, and all that there is. The processor tells neither."""
        if not self._is_cuda:
            return [0.0, 0.0]
        self._desk.drain()
        free, total = torch.cuda.mem_get_info(self._desk.device)
        return [(total - free - torch.cuda.memory_reserved(self._desk.device)) / 2**20, total / 2**20]

    def _seconds(self, work: Callable[[], object]) -> float:
        self._desk.drain()
        began_s = time.perf_counter()
        work()
        self._desk.drain()
        return max(time.perf_counter() - began_s, 1e-9)


def _serve(line: socket.socket, device: Accelerator, reference: Callable[..., Any]) -> None:
    """Answer until the judge goes away; never return."""
    confine.die_with_parent()
    stand: _Stand | None = None
    try:
        while True:
            message = wire.unpack(*wire.receive(line))
            try:
                stand = stand or _Stand(device, reference)
                answer = wire.pack({"value": getattr(stand, message["op"])(message)})
            except Exception as error:  # noqa: BLE001 - told to the judge, for whom it is a fault of the harness
                answer = wire.pack({"fault": f"{type(error).__name__}: {error}"[:500]})
            wire.send(line, answer)
    finally:
        os._exit(0)
