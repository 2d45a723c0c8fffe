"""Turns the judge's wall clock around calls on a device into a pass, or a sentence on how much too slow, or too fast, they are.

The clock runs from the key that opens fresh inputs to the last byte of every result; nothing is subtracted. On a GPU none of this
has run yet: tests take the same path on the processor (`grader.sandbox.devices.STAND_IN`).
"""

import math
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch

from grader.checks.values import close
from grader.errors import CourseError, HarnessError
from grader.margins import note
from grader.result import Failure, Verdict
from grader.sandbox import clock
from grader.sandbox.bench import Bench
from grader.sandbox.devices import Accelerator, holders
from grader.sandbox.student import Leash, Member, drain, put_calls, run_calls

REPEATS = 30
LEAST_WORK_S = 0.020
"""Of the reference, in one turn: a turn is as many calls as that takes."""

MOST_CALLS = 32
HOPELESS, PAIRS_TO_GIVE_UP = 2.0, 5
IDLE_PATIENCE_S = 20.0
PEAK_HEADROOM = 1.5
"""What a device can do beyond the best that was measured on it: the floor must be out of reach."""

CONTEXT_MIB = 1024
"""What a worker's context on the device may take beside its tensors."""

RTOL = {torch.float32: 1e-4}
"""Kernels sum in another order than the reference's; correctness was decided on the processor, at its own tolerance."""

Inputs = Callable[[], Sequence[object]]


@dataclass(frozen=True)
class DeviceTiming:
    """Wall seconds a call of interleaved turns on equal inputs."""

    student_s: tuple[float, ...]
    reference_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The student's median over the reference's."""
        return statistics.median(self.student_s) / statistics.median(self.reference_s)

    @property
    def spread(self) -> tuple[float, float]:
        """The ratio that a fifth of the pairs stays below, and the one that a fifth exceeds."""
        ratios = sorted(s / r for s, r in zip(self.student_s, self.reference_s, strict=True))
        return ratios[len(ratios) // 5], ratios[-1 - len(ratios) // 5]

    def is_close_to(self, limit: float) -> bool:
        """Whether the limit lies within the noise."""
        low, high = self.spread
        return low <= limit <= high

    def __add__(self, other: "DeviceTiming") -> "DeviceTiming":
        return DeviceTiming(self.student_s + other.student_s, self.reference_s + other.reference_s)


@dataclass(frozen=True, kw_only=True)
class _Round:
    """What one measurement needs."""

    student: Member
    bench: Bench
    device: Accelerator
    inputs: Inputs
    calls: int
    usual_flush_s: float
    most_mib: float


def device_speed(
    student: Member,
    reference: Callable[..., Any],
    inputs: Inputs,
    device: Accelerator,
    *,
    repeats: int = REPEATS,
    floor_bytes: float = 0,
    floor_operations: float = 0,
    hint: int | None = None,
) -> DeviceTiming:
    """Hold the wall time of `student` on the device to the limit of its task, a multiple of the reference's on the same inputs.

    `floor_bytes` and `floor_operations` are what one call cannot do without, whoever wrote it: an answer that comes faster than the
    device could move or compute them is `forged`. A ratio near the limit is decided by a second measurement together with the first.
    """
    limit = _limit(student.leash)
    _refuse_company(device)
    with Bench(device, reference) as bench:
        one = _prepared(student, bench, device, inputs)
        floor_s = _floor_s(bench, floor_bytes, floor_operations)
        timing = _measure(one, max(repeats, REPEATS), limit, floor_s)
        if timing.is_close_to(limit) or limit < timing.ratio <= HOPELESS * limit:
            timing += _measure(one, max(repeats, REPEATS), limit, floor_s)
    note("speed on the device", timing.ratio, limit)
    if timing.ratio > limit:
        raise _too_slow(timing, limit, hint)
    return timing


def _prepared(student: Member, bench: Bench, device: Accelerator, inputs: Inputs) -> _Round:
    """Warm both sides up, uncounted, and learn how many calls make a turn and how fast the idle device is."""
    with _stopped(student):
        usual_flush_s = min(bench.ask("flush") for _ in range(5))
        taken_mib, total_mib = bench.ask("memory_mib")
    most_mib = taken_mib + CONTEXT_MIB + device.memory_share * total_mib
    one = _Round(student=student, bench=bench, device=device, inputs=inputs, calls=1, usual_flush_s=usual_flush_s, most_mib=most_mib)
    _pair(one, student_first=True)
    took_s = _pair(one, student_first=False)[1]
    return replace(one, calls=min(MOST_CALLS, math.ceil(LEAST_WORK_S / took_s)))


def _measure(one: _Round, repeats: int, limit: float, floor_s: float) -> DeviceTiming:
    student_s: list[float] = []
    reference_s: list[float] = []
    returned: list[tuple[Any, Any]] = []
    for number in range(repeats):
        took_s, reference_took_s, outputs = _pair(one, student_first=number % 2 == 0)
        student_s.append(took_s)
        reference_s.append(reference_took_s)
        returned += outputs
        if number + 1 >= PAIRS_TO_GIVE_UP and min(s / r for s, r in zip(student_s, reference_s, strict=True)) > HOPELESS * limit:
            break
    for got, expected in returned:
        close(got, expected, rtol=RTOL.get(expected.dtype) if isinstance(expected, torch.Tensor) else None)
    if min(student_s) < floor_s:
        raise Failure(
            Verdict.FORGED,
            "Your answer came sooner than this device can compute one.",
            detail=f"fastest {min(student_s) * 1e3:.4f} ms a call, floor {floor_s * 1e3:.4f} ms",
        )
    return DeviceTiming(tuple(student_s), tuple(reference_s))


def _pair(one: _Round, *, student_first: bool) -> tuple[float, float, list[tuple[Any, Any]]]:
    """Return the wall seconds of a student's call, those of a reference's, and the pairs of their outputs."""
    key = secrets.randbits(60)
    with _stopped(one.student):
        sealed = one.bench.ask("seal", calls=[list(one.inputs()) for _ in range(one.calls)], key=key)
    put_calls(one.student, sealed)
    drain(one.student)
    if student_first:
        took_s, got = _student_turn(one, key)
    reference_took_s, expected = _reference_turn(one, key)
    if not student_first:
        took_s, got = _student_turn(one, key)
    if not isinstance(got, list) or len(got) != one.calls:
        raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail=f"expected {one.calls} results")
    return took_s / one.calls, reference_took_s / one.calls, list(zip(got, expected, strict=True))


def _student_turn(one: _Round, key: int) -> tuple[float, Any]:
    with _stopped(one.student):
        _still(one)
    began_s = time.monotonic()
    got = run_calls(one.student, key)
    took_s = time.monotonic() - began_s
    drain(one.student)
    return took_s, got


def _reference_turn(one: _Round, key: int) -> tuple[float, Any]:
    with _stopped(one.student):
        _still(one)
        began_s = time.monotonic()
        expected = one.bench.ask("run", key=key)
        return time.monotonic() - began_s, expected


def _still(one: _Round) -> None:
    """Overwrite the device's cache, and see by how long that takes, and how much memory is taken, that nobody else is busy there.

    What a student's code told the device to do goes on when its process stands still: its own word, `drain`, proves nothing.
    """
    until_s = time.monotonic() + IDLE_PATIENCE_S
    while one.bench.ask("flush") > one.device.idle_factor * one.usual_flush_s:
        if time.monotonic() > until_s:
            _refuse_company(one.device)
            raise Failure(Verdict.TIMEOUT, "Your code keeps the device busy after it has answered.")
    taken_mib, _ = one.bench.ask("memory_mib")
    if taken_mib > one.most_mib:
        raise Failure(Verdict.MEMORY, "Your code used more of the device's memory than a test may use.", detail=f"{taken_mib:.0f} MiB")


@contextmanager
def _stopped(student: Member) -> Iterator[None]:
    student.leash.freeze()
    try:
        yield
    finally:
        student.leash.thaw()


def _floor_s(bench: Bench, floor_bytes: float, floor_operations: float) -> float:
    """Return the seconds below which no call on this device can be, whoever wrote it."""
    if not floor_bytes and not floor_operations:
        return 0.0
    bytes_a_s, operations_a_s = bench.ask("peaks")
    return float(max(floor_bytes / bytes_a_s, floor_operations / operations_a_s) / PEAK_HEADROOM)


def _refuse_company(device: Accelerator) -> None:
    """Raise `HarnessError` if a process that is none of this judge's has the device open, as far as this user can tell."""
    judge = os.getppid()
    ours = {os.getpid(), judge, *clock.tree_pids(judge)}
    if others := holders([path for path in device.nodes() if path.removeprefix("/dev/nvidia").isdigit()], ours):
        raise HarnessError(f"Process {others[0]} uses {device.name} too, so nothing is timed there. End it and grade again.")


def _too_slow(timing: DeviceTiming, limit: float, hint: int | None) -> Failure:
    low, high = timing.spread
    yours_ms, reference_ms = statistics.median(timing.student_s) * 1e3, statistics.median(timing.reference_s) * 1e3
    return Failure(
        Verdict.TIMEOUT,
        f"Your code is right but slow on the device: it needs {timing.ratio:.1f} times the time of the reference; the limit is {limit:g}.",
        shown=f"median of {len(timing.student_s)} pairs: yours {yours_ms:.2f} ms a call",
        detail=f"ratio {timing.ratio:.2f}, three fifths of the pairs within {low:.2f} to {high:.2f}, reference {reference_ms:.2f} ms",
        hint=hint,
    )


def _limit(leash: Leash) -> float:
    if leash.task is None or leash.task.speed is None:
        raise CourseError("A speed check needs `speed = { limit, slower }` in its task.")
    return leash.task.speed.limit
