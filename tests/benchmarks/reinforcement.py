"""Turns learners of the reinforcement-learning topics into a table: what they reach in CartPole as it is, and through a mask.

    python tests/benchmarks/reinforcement.py [--keys 5] [--only NAME …] [--json]

Each run trains in a worker of a real box, on an environment that the judge steps under a budget, with its own key: mask, seeds of
episodes, seed of the worker. The number is the mean return of the best snapshot over 20 fresh episodes. No timed test: a study.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

from grader import checks
from grader.limits import Limits
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student

LADDER = {"simple": 60.0, "medium": 200.0, "strong": 400.0, "boss": 475.0}
LEARNERS = {  # budget of steps; copies, where several environments step together
    "reinforce": (40_000, None),
    "reinforce_with_baseline": (40_000, None),
    "a2c": (100_000, 8),
    "ppo": (60_000, 8),
    "dqn": (25_000, 8),
    "search": (60_000, None),
}
LIMITS = Limits(cpu_s=300, wall_s=1200, memory_mib=2048)
EPISODES = 20
KNOWN_KEYS = 40


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=5, help="runs of each learner, plain and masked")
    parser.add_argument("--only", nargs="*", default=[*LEARNERS, "known"], help="learners to run")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    backend = next(backend for backend in Backend if probe(backend) is None)
    found = {}
    with Box(backend, hidden=[]) as box:
        for name in options.only:
            for is_masked in (False, True):
                row = [run(box, name, key, is_masked=is_masked) for key in range(KNOWN_KEYS if name == "known" else options.keys)]
                found[f"{name} {'masked' if is_masked else 'plain'}"] = row
                if not options.json:
                    print(line(name, is_masked, row), flush=True)
    if options.json:
        json.dump(found, sys.stdout)
    else:
        for name, row in found.items():
            print(f"\n{name}\n{checks.study([one['score'] for one in row], LADDER)}")


def run(box: Box, name: str, key: int, *, is_masked: bool) -> dict[str, float]:
    """Return the score of one run, the steps it used and its CPU seconds, of the judge and of the worker."""
    rng = np.random.default_rng([key, sum(map(ord, name))])
    text = Path(__file__).with_name("learners.py").read_text(encoding="utf-8")
    load = {"op": "load", "name": "learners", "module": text, "given": None}
    began_s, worker = time.process_time(), Worker(box, load, task=None, limits=LIMITS, tests=1)
    try:
        worker.begin(key)
        student = Student(worker)
        view = checks.masked("CartPole-v1", rng) if is_masked else checks.plain("CartPole-v1")
        steps = 0
        if name == "known":
            agents = student.known()
        else:
            budget, copies = LEARNERS[name]
            env = checks.training(student, view, steps=budget, seeds=rng, copies=copies, autoreset="same_step")
            agents = getattr(student, name)(env)
            steps = env.stage.spent
        score = checks.best_return(agents, view, episodes=EPISODES, seeds=rng, together=EPISODES)
        return {"score": score, "steps": steps, "judge_cpu_s": time.process_time() - began_s, "worker_cpu_s": worker.cpu_s()}
    finally:
        worker.close()


def line(name: str, is_masked: bool, row: list[dict[str, float]]) -> str:
    """Return one line of the table."""
    scores = sorted(one["score"] for one in row)
    reached = " ".join(f"{sum(score >= bound for score in scores)}" for bound in LADDER.values())
    cpu_s = statistics.mean(one["judge_cpu_s"] + one["worker_cpu_s"] for one in row)
    listed = " ".join(f"{score:.0f}" for score in scores) if len(scores) <= 10 else f"{scores[0]:.0f} to {scores[-1]:.0f}"
    way = "masked" if is_masked else "plain"
    return (
        f"{name:24} {way:6} n={len(row):2}  median {statistics.median(scores):5.0f}  reached {reached}  ({listed})  {cpu_s:.1f} CPU-s a run"
    )


if __name__ == "__main__":
    main()
