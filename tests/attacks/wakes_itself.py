"""Is slow, and leaves a process that lets it run whenever it is made to stand still.

Claim: it goes on working while the reference's time is taken
Class: clocks that compare speed
Stopped by: the student's processes stand still while the reference runs, and CPU time is compared
Topic: race
total.speed: lost timeout
"""

import os
import signal
import time


def total(x):
    if x.numel() > 1000 and not hasattr(os, "waker"):
        os.waker = os.fork()
        if os.waker == 0:
            while True:
                os.kill(os.getppid(), signal.SIGCONT)
                time.sleep(0.0005)
    return [torch.stack([x, x, x]).sort(0).values.sum(-1)[0] for _ in range(10)][-1]
