"""Turns many gradings of programs of known speed into what the clocks are worth: false verdicts, spread, distance of the limit.

Not a test: `python tests/benchmarks/clocks.py [--json] [--runs 200] [--growth-runs 30] [--load idle] [--only equal] [--backend bubblewrap]`. Each grading has a worker
of its own in a real box. "Idle" is what the machine happens to be: the load average stands beside each figure. "Loaded" adds four busy
processes. About fifteen minutes of CPU time for all.
"""

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch

from grader import checks
from grader.assignment import Kind, Speed, Task
from grader.limits import Limits
from grader.result import Failure
from grader.sandbox.backend import Backend, choose
from grader.sandbox.box import Box
from grader.sandbox.leash import Worker
from grader.sandbox.student import Member, Student
from grader.task import LEAST_SPEED_LIMIT

LIMIT, AT_MOST = LEAST_SPEED_LIMIT, 1.2
TWICE = int(2 * LIMIT)
BUSY_PROCESSES = 4
_HOG = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"  # ends with the benchmark, however that ends
PROGRAMS = f"""
import torch


def rounds(x, count):
    for _ in range(count):
        x = torch.tanh(x @ x.T) / 8
    return x


def equal(x):
    return rounds(x, 3)


def twice_the_limit(x):
    for _ in range({TWICE - 1}):
        rounds(x, 3)
    return rounds(x, 3)


def linear(x):
    for _ in range(4):
        x = torch.sin(x)
    return x


def n_log_n(x):
    return x.sort().values


def quadratic(x):
    return torch.cat([(x[i : i + 50, None] - x[None]).abs().sum(1) for i in range(0, len(x), 50)])
"""
LIMITS = Limits(cpu_s=30, wall_s=300, memory_mib=2048)
TASK = Task(entry="equal", points={Kind.CORRECTNESS: 5, Kind.SPEED: 5}, speed=Speed(limit=LIMIT, slower="slow"), limits=LIMITS)
BY_SPEED = ("equal", "twice_the_limit")
SIZES = {"linear": (20_000, 40_000, 80_000), "n_log_n": (20_000, 40_000, 80_000), "quadratic": (500, 1_000, 2_000)}
SIDES = {"matrix (a call a turn)": 220, "quick (many calls a turn)": 90}


@dataclass(frozen=True)
class Study:
    """One program, graded many times: what it was told, and how far the estimate stays from the limit."""

    what: str
    load: str
    runs: int
    failed: int
    median: float
    spread: float
    """Standard deviation of the estimate of one whole verdict: of the logarithm of the ratio, or of the exponent."""
    distance: float
    """From the median estimate to the limit, in those standard deviations."""
    least: float
    most: float
    cpu_s: float
    wall_s: float
    load_average: tuple[float, float]


def main() -> None:
    """Run the studies and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--runs", type=int, default=200, help="gradings of each program by speed")
    parser.add_argument("--growth-runs", type=int, default=30, help="gradings of each program by growth")
    parser.add_argument("--backend", type=Backend, default=None)
    parser.add_argument("--load", choices=["idle", "busy"], help="one of the two alone")
    parser.add_argument("--only", choices=[*BY_SPEED, *SIZES], help="one program alone")
    options = parser.parse_args()
    if min(options.runs, options.growth_runs) < 2:
        parser.error("a spread needs at least 2 runs")
    torch.set_num_threads(1)
    studies = []
    backend = choose(options.backend)
    with Box(backend, hidden=[]) as box:
        for load, busy in (("idle", 0), (f"{BUSY_PROCESSES} busy processes", BUSY_PROCESSES)):
            if options.load == ("busy" if busy == 0 else "idle"):
                continue
            with _busy(busy):
                for study in _studies(box, load, options.runs, options.growth_runs, options.only):
                    print(_row(study), file=sys.stderr, flush=True)
                    studies.append(study)
    if options.json:
        print(
            json.dumps(
                {
                    "backend": backend,
                    "limit": LIMIT,
                    "at_most": AT_MOST,
                    "bound_95": _bound(options.runs),
                    "studies": [asdict(s) for s in studies],
                }
            )
        )
    else:
        print(_table(studies))


def _studies(box: Box, load: str, runs: int, growth_runs: int, only: str | None) -> Iterator[Study]:
    for name in BY_SPEED:
        if only in (None, name):
            yield _study(
                box, f"speed: {name}", load, runs, math.log(LIMIT), lambda student, n, name=name: _ratio(getattr(student, name), n), True
            )
    for name in SIZES:
        if only in (None, name):
            yield _study(
                box,
                f"growth: {name}",
                load,
                growth_runs,
                AT_MOST,
                lambda student, _, name=name: _exponent(getattr(student, name), name),
                False,
            )


def _study(
    box: Box, what: str, load: str, runs: int, limit: float, grade: Callable[[Student, int], tuple[bool, float]], is_ratio: bool
) -> Study:
    began_s, began_cpu_s, loads, told = time.monotonic(), _cpu_s(), [os.getloadavg()[0]], []
    for number in range(runs):
        worker = Worker(box, {"op": "load", "name": "programs", "module": PROGRAMS, "given": None}, task=TASK, limits=LIMITS, tests=1)
        worker.begin(number)
        try:
            told.append(grade(Student(worker), number))
            began_cpu_s -= worker.cpu_s()
        finally:
            worker.close()
        loads.append(os.getloadavg()[0])
    found = [value for _, value in told]
    estimates = [math.log(value) if is_ratio else value for value in found]
    spread = statistics.stdev(estimates)
    return Study(
        what=what,
        load=load,
        runs=runs,
        failed=sum(failed for failed, _ in told),
        median=statistics.median(found),
        spread=spread,
        distance=abs(limit - statistics.median(estimates)) / spread,
        least=min(found),
        most=max(found),
        cpu_s=_cpu_s() - began_cpu_s,
        wall_s=time.monotonic() - began_s,
        load_average=(min(loads), max(loads)),
    )


def _ratio(member: Member, number: int) -> tuple[bool, float]:
    """Grade by speed; return whether it failed, and the ratio."""
    side = list(SIDES.values())[number % len(SIDES)]
    try:
        return False, checks.speed(member, _equal, lambda: (torch.randn(side, side, dtype=torch.float64),)).ratio
    except Failure as failure:
        return True, float(failure.detail.split()[1].rstrip(","))


def _exponent(member: Member, name: str) -> tuple[bool, float]:
    """Grade by growth; return whether it failed, and the exponent."""
    try:
        return False, checks.growth(member, lambda size: (torch.rand(size, dtype=torch.float64),), SIZES[name], at_most=AT_MOST).exponent
    except Failure as failure:
        return True, float(failure.message.split("(exponent ")[1].split(")")[0])


def _equal(x: torch.Tensor) -> torch.Tensor:
    for _ in range(3):
        x = torch.tanh(x @ x.T) / 8
    return x


@contextlib.contextmanager
def _busy(count: int) -> Iterator[None]:
    """Keep so many processes busy meanwhile."""
    hogs = [subprocess.Popen([sys.executable, "-c", _HOG]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def _cpu_s() -> float:
    return time.process_time()


def _bound(runs: int) -> float:
    """Return the rate that none of so many runs excludes, at 95 %."""
    return 1 - 0.05 ** (1 / runs) if runs else 1.0


def _table(studies: list[Study]) -> str:
    head = (
        "| program | load (load average) | failed / runs | median (range) | sd | limit is away | CPU, wall |\n|---|---|---|---|---|---|---|"
    )
    bounds = {study.runs: f"0 of {study.runs} proves less than {_bound(study.runs):.1%} at 95 %" for study in studies}
    return "\n".join([head, *map(_row, studies), "", *bounds.values()])


def _row(study: Study) -> str:
    return (
        f"| {study.what} | {study.load} ({study.load_average[0]:.1f} to {study.load_average[1]:.1f}) | {study.failed} / {study.runs} "
        f"| {study.median:.2f} ({study.least:.2f} to {study.most:.2f}) | {study.spread:.3f} | {study.distance:.0f} sd "
        f"| {study.cpu_s:.0f} s, {study.wall_s:.0f} s |"
    )


if __name__ == "__main__":
    main()
