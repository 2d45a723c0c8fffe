"""Is slow, and asks the kernel to run it before everybody else, without garbage collection.

Claim: whoever runs first is fast
Class: clocks that compare speed
Stopped by: CPU time is read from outside, children included
Topic: race
total.speed: lost timeout
"""

import gc
import os

gc.disable()
for act in (
    lambda: os.nice(-20),
    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    lambda: os.sched_setaffinity(0, range(os.cpu_count())),
):
    try:
        act()
    except OSError:
        pass


def total(x):
    return [torch.stack([x, x, x]).sort(0).values.sum(-1)[0] for _ in range(10)][-1]
