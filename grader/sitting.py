"""Turns a topic into a judge that sits: its box starts first, and what judging needs is imported while it warms up.

Run as `python -m grader.sitting` by `grader.runner`. Nothing at the top may import torch, which takes as long as the box.
"""

import sys
from pathlib import Path

from grader.assignment import load_assignment
from grader.course import load_course
from grader.sandbox.backend import Backend
from grader.sandbox.box import Box
from grader.sandbox.devices import CPU, accelerator
from grader.turns import Turns
from grader.worker import confine


def main(root: str, topic: str, backend: str, answers_fd: str, device: str = CPU, turns: str = "") -> int:
    """Judge what comes in on standard input; `turns` is the folder that judges side by side share."""
    confine.die_with_parent()
    course = load_course(Path(root))
    assignment = load_assignment(course, topic)
    hidden = [course.root / "assignments", course.root / "solutions"]
    placed = accelerator(device)
    with Box(Backend(backend), hidden=hidden, disk_mib=assignment.limits.disk_mib, ready=False, accelerator=placed) as box:
        from grader.judge import sit

        return sit(course, assignment, box, sys.stdin.buffer, int(answers_fd), Turns(Path(turns)) if turns else None)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
