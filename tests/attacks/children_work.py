"""Lets a child work while it waits.

Claim: a limit of each process does not see what its children use
Class: time limits
Stopped by: CPU time is read from outside, children included
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import os


def double(x):
    if x.dim() == 1:
        return 2 * x
    if os.fork() == 0:
        while True:
            pass
    os.wait()
    return 2 * x
