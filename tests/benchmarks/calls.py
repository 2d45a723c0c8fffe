"""Turns calls of small policies behind the wall into calls a second: the judge waits for each action before it sends the next observation.

    python tests/benchmarks/calls.py [--core 0] [--json]

Windows of 50 calls; the median tells of the machine as it is, the fastest window of the machine when nobody else is on it.
"""

import argparse
import json
import os
import statistics
import sys
import time

import numpy as np
import torch

from grader import checks
from grader.limits import Limits
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.leash import Worker
from grader.sandbox.student import Repeated, Student

TEXT = """
import numpy as np
import torch


def constant(o):
    return 0


WEIGHT = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)


def linear_numpy(o):
    return int((WEIGHT @ o).argmax())


NET = torch.nn.Linear(4, 2)


def linear_torch(o):
    with torch.no_grad():
        return int(NET(torch.as_tensor(o)).argmax())


def batch(o):
    with torch.no_grad():
        return NET(torch.as_tensor(o)).argmax(-1)
"""
WINDOWS, CALLS, TOGETHER = 200, 50, 16


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core", type=int, help="keep judge and worker on one core")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    torch.set_num_threads(1)
    found = {}
    with Box(next(backend for backend in Backend if probe(backend) is None), hidden=[]) as box:
        load = {"op": "load", "name": "policies", "module": TEXT, "given": None}
        worker = Worker(box, load, task=None, limits=Limits(cpu_s=300, wall_s=600), tests=1)
        worker.begin(1)
        student = Student(worker)
        for name in ("constant", "linear_numpy", "linear_torch"):
            found[name] = rates(Repeated(getattr(student, name)))
        found["batch"] = [batch_rate(student) for _ in range(3)]
        worker.close()
    if options.json:
        json.dump({name: {"fastest": max(row), "median": statistics.median(row)} for name, row in found.items()}, sys.stdout)
        return
    for name, row in found.items():
        what = f"actions of {TOGETHER} CartPoles together, their steps included" if name == "batch" else "calls"
        print(f"{name:13} fastest {max(row):7.0f}, median {statistics.median(row):7.0f} {what} a second")


def rates(act: Repeated) -> list[float]:
    """Return calls a second, window by window."""
    observation, row = np.zeros(4, np.float32), []
    for _ in range(WINDOWS):
        began_s = time.perf_counter()
        for _ in range(CALLS):
            act(observation)
        row.append(CALLS / (time.perf_counter() - began_s))
    return row


def batch_rate(student: Student) -> float:
    """Return actions a second of a rollout of several environments together."""
    began_s = time.perf_counter()
    played = checks.rollout(student.batch, "CartPole-v1", 400, np.random.default_rng(0), together=TOGETHER)
    return sum(played.lengths) / (time.perf_counter() - began_s)


if __name__ == "__main__":
    main()
