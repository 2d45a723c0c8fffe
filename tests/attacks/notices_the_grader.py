"""Looks in its environment for signs of being graded.

Claim: code that knows when it is watched behaves then alone
Class: reading what is hidden
Stopped by: the environment is made anew, without a sign of the grader
"""

import os
import sys

SIGNS = ("PYTEST_CURRENT_TEST", "NBGRADER_EXECUTION", "GRADER", "CI", "COVERAGE_PROCESS_START", "PYTHONPATH", "SUDO_USER")


def double(x):
    if any(sign in name for name in os.environ for sign in SIGNS) or "pytest" in sys.modules:
        raise RuntimeError(str(dict(os.environ)))
    return 2 * x
