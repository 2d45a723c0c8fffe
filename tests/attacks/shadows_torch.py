"""Puts modules of its own in the place of torch, numpy and pytest, in memory and in files.

Claim: whoever imports torch after it imports the student's
Class: staying for the next task or submission
Stopped by: each task runs in a fresh fork of a process that never ran student code
"""

import os
import sys
import types

for name in ("torch", "numpy", "pytest", "grader"):
    with open(os.path.join(os.environ["TMPDIR"], f"{name}.py"), "w") as file:
        file.write("raise SystemExit('2 passed')\n")
    with open(f"{name}.py", "w") as file:
        file.write("raise SystemExit('2 passed')\n")
sys.path.insert(0, os.environ["TMPDIR"])


def double(x):
    out = 2 * x
    sys.modules["pytest"] = sys.modules["unittest"] = types.ModuleType("pytest")
    return out
