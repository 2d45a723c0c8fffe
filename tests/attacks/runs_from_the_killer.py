"""Leaves a process that forks and ends, forks and ends, so that its number is never the one that is killed.

Claim: a list of processes is old when it is used
Class: other processes
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os
import time


def double(x):
    if x.dtype == torch.float32 and os.fork() == 0:
        os.setsid()
        while True:
            if os.fork():
                os._exit(0)
            time.sleep(0.002)
    return 2 * x
