"""Leaves a process in a session of its own that ignores every signal.

Claim: it is there when the next one is graded
Class: staying for the next task or submission
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os
import signal
import time


def double(x):
    if x.dtype == torch.float32 and os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        for number in signal.valid_signals():
            try:
                signal.signal(number, signal.SIG_IGN)
            except OSError:
                pass
        while True:
            time.sleep(1)
    return 2 * x
