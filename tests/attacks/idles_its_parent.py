"""Makes its parent run only when nobody else wants to, on one core.

Claim: whoever is graded next is slow, and loses the speed part
Class: other processes
Stopped by: seccomp refuses the call
"""

import os


def double(x):
    for act in (
        lambda: os.sched_setaffinity(os.getppid(), {0}),
        lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
        lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
        lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)),
    ):
        try:
            act()
        except OSError:
            pass
    return 2 * x
