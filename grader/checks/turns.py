"""Turns calls on equal inputs into CPU seconds: the student's, read from outside, and the reference's, as if across the wall."""

import contextlib
import ctypes
import hashlib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from grader import wire
from grader.checks.values import Array, close, unpack
from grader.errors import CourseError
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Leash, Member

Arguments = Sequence[object]
LEAST_WORK_S, TOO_LITTLE_S = 0.012, 0.010
"""Of a turn. Less work is called several times: the spread of one ratio would exceed the distance of a sensible limit."""
MOST_CALLS = 200
MOST_BASE_S = 0.00025
_PINGS = 20
_ECHOES = 11
_ECHO = "def echo(student, arguments):\n    return arguments\n"
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


class Fresh:
    """Arguments that an author's function makes for each call, all of them new."""

    def __init__(self, make: Callable[[], Arguments]) -> None:
        self._make, self._seen, self._taken = make, set[bytes](), 0

    def take(self, count: int) -> list[Arguments]:
        """Return arguments for so many calls. `CourseError` if they repeat: a solution could answer from memory."""
        taken: list[Arguments] = [tuple(self._make()) for _ in range(count)]
        self._taken += count
        self._seen |= {_digest(each) for each in taken}
        if self._taken >= 4 and len(self._seen) <= self._taken // 2:
            raise CourseError("The inputs of a clocked test repeat, and memory answers what repeats: draw them anew in every call.")
        return taken


@contextlib.contextmanager
def standing(leash: Leash) -> Iterator[None]:
    """Let the student stand still, but for its own turns: nothing is computed beforehand, and nobody is disturbed."""
    leash.freeze()
    try:
        yield
    finally:
        leash.thaw()


def student_turn(student: Member, arguments: Sequence[Arguments]) -> tuple[float, list[object]]:
    """Return the CPU seconds of everything that a standing student does once it is let go for these calls, and its answers."""
    leash = student.leash
    before_s = leash.cpu_s()
    leash.thaw()
    try:
        answers = student.each(arguments)
    finally:
        leash.freeze()
    return leash.cpu_s() - before_s, answers


def base_s(leash: Leash) -> float:
    """Return the CPU seconds of a call that does nothing, while the student stands otherwise.

    No more than is plausible: whatever a student does to make it dear, little can be taken off.
    """
    before_s = leash.cpu_s()
    leash.thaw()
    try:
        for _ in range(_PINGS):
            leash.ask({"op": "get", "on": None, "path": "__name__"})
    finally:
        leash.freeze()
    return min(MOST_BASE_S, (leash.cpu_s() - before_s) / _PINGS)


def transit_s(leash: Leash, arguments: Sequence[Arguments], most_s: float) -> float:
    """Return what bringing these arguments to a worker and back costs it above what the same costs the reference's turn.

    At most `most_s`: a student who makes the way dear gains no more than that.
    """
    answers = [list(each) for each in arguments]
    dear_s, cheap_s = [], []
    for _ in range(_ECHOES):
        before_s = leash.cpu_s()
        leash.thaw()
        try:
            leash.ask({"op": "probe", "source": _ECHO, "name": "echo", "args": [answers], "kwargs": {}})
        finally:
            leash.freeze()
        dear_s.append(leash.cpu_s() - before_s)
        cheap_s.append(reference_turn(lambda *each: list(each), arguments)[0])
    return min(most_s, max(0.0, statistics.median(dear_s) - statistics.median(cheap_s)))


def reference_turn(reference: Callable[..., object], arguments: Sequence[Arguments]) -> tuple[float, list[object]]:
    """Return the CPU seconds of the reference's calls, and its answers.

    It unpacks its arguments and packs its answer as the student's worker does, so that equal code takes equal time, and
    it gets copies, so that it cannot change what the student gets.
    """
    _keep_freed_memory()
    frame = _framed([list(each) for each in arguments])
    before_s = time.process_time()
    packed = _framed([reference(*each) for each in _opened(frame)])
    took_s = time.process_time() - before_s
    expected: list[object] = _opened(packed)
    return took_s, expected


def agree(got: object, expected: object, hint: int | None = None) -> None:
    """Require what the reference answered, each value within the tolerance of its dtype."""
    if isinstance(expected, tuple | list):
        for item, wanted in zip(unpack(got, len(expected), hint=hint), expected, strict=True):
            agree(item, wanted, hint)
    elif isinstance(expected, Array | float | int):
        close(got, expected, hint=hint)
    else:
        raise CourseError(f"The reference of a clocked test returns {type(expected).__name__}, expected arrays and numbers.")


def is_advice(leash: Leash) -> bool:
    """Say whether the student's code runs in this very process, where nothing measured becomes a mark."""
    return isinstance(leash, InProcess)


def _digest(arguments: Arguments) -> bytes:
    buffers = wire.pack(list(arguments), opaque=lambda _: wire.Ref(0, ""))
    digest = hashlib.blake2b(digest_size=16)
    for buffer in buffers:
        digest.update(buffer)
    return digest.digest()


@cache
def _keep_freed_memory() -> None:
    """Let the allocator of this process behave as the worker's does (`backend.ENVIRONMENT`)."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # glibc alone has it
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 64 << 20)


def _framed(value: object) -> tuple[bytes, bytes]:
    buffers = wire.pack(value)
    return bytes(buffers[1]), b"".join(buffers[2:])


def _opened(frame: tuple[bytes, bytes]) -> Any:
    return wire.unpack(frame[0], bytearray(frame[1]))
