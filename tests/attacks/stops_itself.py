"""Stops all of itself with SIGSTOP, which no limit of CPU time ever reaches.

Claim: a process that stands still cannot be ended in order
Class: time limits
Stopped by: the judge's wall clock runs until the whole answer is there
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import os
import signal


def double(x):
    if x.dim() == 1:
        return 2 * x
    os.kill(os.getpid(), signal.SIGSTOP)
    return x
