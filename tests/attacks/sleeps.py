"""Sleeps for ever: no CPU time, but no answer.

Claim: a limit of CPU time never runs out
Class: time limits
Stopped by: the judge's wall clock runs until the whole answer is there
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import time


def double(x):
    if x.dim() == 1:
        return 2 * x
    time.sleep(10_000)
