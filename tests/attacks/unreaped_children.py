"""Lets one child after another work, and has none of them accounted for.

Claim: the time of a child that nobody waits for is in nobody's account
Class: time limits
Stopped by: CPU time is read from outside, children included
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import os
import signal
import time


def double(x):
    if x.dim() == 1:
        return 2 * x
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in range(8):
        child = os.fork()
        if child == 0:
            while time.process_time() < 0.25:
                pass
            os._exit(0)
        try:
            os.waitpid(child, 0)
        except ChildProcessError:
            pass
    return 2 * x
