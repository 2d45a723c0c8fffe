"""Leaves a child that reads the judge's calls off the line, so that the worker never sees them.

Claim: the judge waits for an answer that nobody knows it owes
Class: time limits
Stopped by: the judge's wall clock runs until the whole answer is there
double.correctness: lost timeout or forged or wrong or raised
double.gradient: blocked
double.property: blocked
"""

import os
import time


def double(x):
    if x.dim() == 2 and 0 in [os.fork(), os.fork()]:
        while True:
            for fd in range(3, 16):
                try:
                    os.read(fd, 1 << 16)
                except OSError:
                    pass
    time.sleep(0.1)
    return 2 * x
