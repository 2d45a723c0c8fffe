"""Turns a worker in a box into a leash: every call has a deadline, a CPU limit and an output limit, all held from outside."""

import os
import secrets
import select
import signal
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from grader import wire
from grader.assignment import Task
from grader.errors import HarnessError, UncrossableError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox import clock, excess, rooms
from grader.sandbox.box import Box
from grader.sandbox.devices import Accelerator
from grader.sandbox.peak import Peak, resident_mib
from grader.sandbox.service import Question, Service
from grader.sandbox.student import incoming, outgoing
from grader.sandbox.workerpeak import WorkerPeak

TICK_S = 0.05
CHUNK_BYTES = 4096
NONCE_BYTES = 8
MEMORY_TICK_S = 0.25  # polling smaps more often costs more than what it watches
ROOM_TICK_S, ROOM_SHARE = 0.01, 20  # looking at what was written takes at most a twentieth of the time
RETURNED_KEPT = 32


@dataclass(frozen=True)
class Usage:
    """What one test used, read from outside."""

    cpu_s: float
    wall_s: float
    memory_mib: float


class Worker:
    """A submission in a worker of a box. After a failure that ended it, `alive` is False and a new one is needed.

    `clear` wipes the box before: nothing of an earlier worker is left.
    """

    def __init__(
        self,
        box: Box,
        load: Mapping[str, Any],
        *,
        task: Task | None,
        limits: Limits,
        tests: int,
        clear: bool = False,
        kept: dict[str, Any] | None = None,
        device: bool = False,
    ) -> None:
        self.accelerator: Accelerator | None = None
        self.last_call, self.remark = "", ""
        self.kept: dict[str, Any] = {} if kept is None else kept
        self.service = Service()
        self.lines: int = load["module"].count("\n") + 1
        self.task = task
        self.alive = True
        self.returned: deque[object] = deque(maxlen=RETURNED_KEPT)
        self.load_failure: Failure | None = None
        self._box, self._limits, self._load = box, limits, load
        self._started = box.start_worker(limits, tests, clear=clear, device=device)
        self._arrived, self._nonces = bytearray(), b""
        self._poll, self._event = select.poll(), select.POLLIN
        self._poll.register(self._started.line.fileno(), self._event)
        self._poll.register(self._started.output_fd, select.POLLIN)
        self._machine_kills, self._group_kills = clock.machine_kills(), self._kills()
        self._new_mib = resident_mib(self._started.pid)
        self._begin()

    def begin(self, seed: int) -> None:
        """Start a test: reset the limits, load the module if this is the first, seed."""
        self.service.close()
        self._begin()
        if self._load:
            load, self._load = self._load, {}
            try:
                self._exchange(load, loading=True)
            except Failure as failure:
                self.load_failure = failure
        if self.load_failure is not None:
            raise self.load_failure
        self._exchange({"op": "test", "seed": seed})

    def restart(self, seed: int) -> None:
        """Seed anew, and give the limits of a whole test once more: for one more run of a training."""
        self.begin(seed)

    def ask(self, message: Mapping[str, Any]) -> Any:
        """Return the answer to one call within what is left of the test's limits."""
        value = self._exchange(message)
        self.returned.append(value)
        return value

    def usage(self) -> Usage:
        """Return what the test has used so far."""
        if not self.alive:
            return self._last_usage
        pid = self._started.pid
        return Usage(clock.process_cpu_s(pid) - self._cpu_before_s, time.monotonic() - self._began_s, clock.peak_memory_mib(pid))

    def cpu_s(self) -> float:
        """Return the CPU seconds of everything that this submission runs in its box."""
        return clock.tree_cpu_s(self._box.zygote_pid)

    def freeze(self) -> None:
        """Stop the student's processes, so that they cannot disturb what is measured next."""
        clock.stop_tree(self._box.zygote_pid)

    def thaw(self) -> None:
        """Let the student's processes run again."""
        clock.signal_tree(self._box.zygote_pid, signal.SIGCONT)

    def peak(self) -> Peak:
        """Return what reads the memory of one call from outside."""
        return WorkerPeak(self._started.pid, self._box.zygote_pid, self._new_mib, partial(self._box.allow_files, self._started.inner_pid))

    def close(self) -> None:
        """End the worker and everything that it started."""
        if self.alive:
            self._end()

    def let_go(self) -> None:
        """Close the lines to the worker; what it started lives on until the box is cleared."""
        if self.alive:
            self.alive = False
            self._close_lines()

    def _begin(self) -> None:
        self.last_call, self.remark = "", ""
        self.returned.clear()
        self._began_s = time.monotonic()
        self._cpu_before_s = clock.process_cpu_s(self._started.pid)
        self._tree_before_s = self.cpu_s()
        self._next_time_s, self._next_memory_s = self._began_s + TICK_S, self._began_s + MEMORY_TICK_S
        self._next_room_s = self._began_s
        self._cpu_lasts_until_s = self._began_s + self._limits.cpu_s / clock.CORES
        self._output_bytes, self._waited_s = 0, 0.0
        self._last_usage = Usage(0.0, 0.0, 0.0)

    def _exchange(self, message: Mapping[str, Any], *, loading: bool = False) -> Any:
        if not self.alive:
            raise HarnessError("A call was made to a worker that has ended.")
        while True:
            reply = self._converse(message, loading=loading)
            if type(reply) is not Question:
                return reply
            message = self.service.answer(reply)

    def _converse(self, message: Mapping[str, Any], *, loading: bool) -> Any:
        """Send one frame and return what comes next: the answer to the call, or a question that the worker has first."""
        nonce = self._nonce()
        try:
            frame = outgoing(message, nonce)
        except wire.WireError as error:
            raise UncrossableError(f"A grader sends what cannot cross: {error}.") from error
        self._asked_s = time.monotonic()
        try:
            self._write(b"".join(frame))
            header, blob = self._read()
        finally:
            self._waited_s += time.monotonic() - self._asked_s
        self._hold_at_answer()
        try:
            return incoming(self, header, blob, nonce, loading=loading)
        except Failure as failure:
            if failure.verdict is Verdict.FORGED:
                self._end()  # it may wait for an answer to what it was never asked for
            raise self._explained(failure) from failure.__cause__

    def _nonce(self) -> int:
        """Return a number that nobody can know before it is sent; the system is asked for many at once."""
        if not self._nonces:
            self._nonces = secrets.token_bytes(64 * NONCE_BYTES)
        taken, self._nonces = self._nonces[:NONCE_BYTES], self._nonces[NONCE_BYTES:]
        return int.from_bytes(taken, "little") >> 2

    def _write(self, data: bytes) -> None:
        pending = memoryview(data)
        while pending:
            try:
                pending = pending[self._started.line.send(pending) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except (BrokenPipeError, ConnectionResetError):
                self._ended()

    def _read(self) -> tuple[bytes, bytearray]:
        """Return the next frame. What came after the one before it begins this one, whatever it is."""
        self._gather(self._arrived, wire.PREFIX.size, CHUNK_BYTES)
        try:
            header_bytes, blob_bytes = wire.check_prefix(self._arrived[: wire.PREFIX.size])
        except wire.WireError as error:
            self._end()
            raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail=str(error)) from error
        end = wire.PREFIX.size + header_bytes
        self._gather(self._arrived, end, CHUNK_BYTES)
        header, blob = bytes(self._arrived[wire.PREFIX.size : end]), self._arrived[end : end + blob_bytes]
        del self._arrived[: end + blob_bytes]
        self._gather(blob, blob_bytes)
        return header, blob

    def _gather(self, buffer: bytearray, size: int, chunk_bytes: int = 0) -> None:
        """Read until `buffer` holds `size` bytes; up to `chunk_bytes` at once, even where that is more."""
        # Grown as bytes arrive: an announced size alone costs nothing.
        while (missing := size - len(buffer)) > 0:
            self._wait(select.POLLIN)
            try:
                chunk = self._started.line.recv(min(max(missing, chunk_bytes), 1 << 20))
            except BlockingIOError:
                continue
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                self._ended()
            buffer += chunk

    def _wait(self, event: int) -> None:
        """Return when the line is ready; drain the output meanwhile and hold the limits."""
        line, output = self._started.line.fileno(), self._started.output_fd
        if event != self._event:
            self._poll.modify(line, event)
            self._event = event
        while True:
            ready = dict(self._poll.poll(TICK_S * 1000))
            if output in ready and not self._drain():
                self._poll.unregister(output)
            # Whether or not the line is ready: an answer that comes byte by byte always is.
            self._hold()
            if line in ready:
                return

    def _drain(self) -> bool:
        try:
            data = os.read(self._started.output_fd, 1 << 16)
        except BlockingIOError:
            return True
        self._output_bytes += len(data)
        if self._output_bytes > self._limits.output_mib << 20:
            self._end()
            raise excess.output(self._output_bytes, self._limits)
        return bool(data)

    def _hold(self) -> None:
        """Hold the limits, each as often as it may cost."""
        now_s = time.monotonic()
        if now_s > self._next_time_s:
            self._hold_time()
            self._next_time_s = now_s + TICK_S
        if now_s > self._next_memory_s:
            self._hold_memory()
            self._hold_room()
            self._next_memory_s = now_s + MEMORY_TICK_S

    def _hold_at_answer(self) -> None:
        """Hold the limits once more when an answer is there: what was used counts, not when the judge looked."""
        now_s = time.monotonic()
        self._hold_cpu(now_s)
        if now_s > self._next_room_s:
            self._hold_kills()
            self._hold_room()

    def _hold_time(self) -> None:
        now_s = time.monotonic()
        self._hold_cpu(now_s)
        # The time that the judge takes for itself, between two calls, is not the student's.
        if self._waited_s + now_s - self._asked_s > self._limits.wall_s:
            cpu_s = self.cpu_s() - self._tree_before_s
            self._end()
            raise excess.wall(self._waited_s + now_s - self._asked_s, cpu_s, self._limits)

    def _hold_cpu(self, now_s: float) -> None:
        """Look at the CPU time, no sooner than it can have run out on all cores: looking costs more than most calls."""
        if now_s < self._cpu_lasts_until_s:
            return
        used_s = self.cpu_s() - self._tree_before_s
        if used_s > self._limits.cpu_s:
            self._end()
            raise excess.cpu(used_s, self._limits)
        self._cpu_lasts_until_s = now_s + (self._limits.cpu_s - used_s) / clock.CORES

    def _hold_memory(self) -> None:
        if self._box.group is not None:
            self._hold_kills()
            return
        used_mib = clock.tree_memory_mib(self._box.zygote_pid)
        if used_mib > self._limits.memory_mib:
            self._end()
            raise excess.memory(used_mib, self._limits)

    def _hold_kills(self) -> None:
        """Hold the kernel's word: what it ended for want of memory has failed, whatever else of it lives and answers."""
        if self._kills() > self._group_kills:
            self._end()
            raise excess.killed_for_memory(self._limits)

    def _hold_room(self) -> None:
        began_s = time.monotonic()
        size, files = self._box.used_disk(self._started.pid)
        now_s = time.monotonic()
        self._next_room_s = now_s + max(ROOM_TICK_S, ROOM_SHARE * (now_s - began_s))
        if size > self._limits.disk_mib << 20 or files > rooms.MOST_FILES:
            self._end()
            self._box.is_full = True
            raise excess.disk(size, files, rooms.MOST_FILES, self._limits)

    def _explained(self, failure: Failure) -> Failure:
        """Return a failure with the limit and the use, where the kernel refused something."""
        if self._kills() > self._group_kills:
            self._end()
            return excess.killed_for_memory(self._limits)
        if failure.verdict not in excess.REFUSED:
            return failure
        pid = self._started.pid
        held_mib, tasks = clock.peak_addresses_mib(pid), clock.tree_tasks(self._box.zygote_pid)
        return excess.refused(failure, self._limits, held_mib=held_mib, written=self._box.used_disk(pid), tasks=tasks)

    def _kills(self) -> int:
        return self._box.group.kills() if self._box.group is not None else 0

    def _ended(self) -> None:
        """Raise what the end of the worker means."""
        used_s = self.cpu_s() - self._tree_before_s
        code = self._end()
        if self._kills() > self._group_kills:
            raise excess.killed_for_memory(self._limits)
        if self._box.is_broken or (code == -signal.SIGKILL and clock.machine_kills() > self._machine_kills):
            raise HarnessError("The machine ended this sandbox, perhaps for want of memory. Grade with fewer workers.")
        if code == -signal.SIGXCPU:
            raise excess.cpu(max(used_s, self._limits.cpu_s), self._limits)
        how = f"killed by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        raise Failure(Verdict.RAISED, f"Your code ended its process before answering ({how}).", detail=how)

    def _end(self) -> int | None:
        if not self.alive:
            return None
        self._last_usage = self.usage()
        self.alive = False
        self._close_lines()
        codes = self._box.stop_workers()
        return codes.get(self._started.inner_pid)

    def _close_lines(self) -> None:
        self._started.line.close()
        os.close(self._started.output_fd)
