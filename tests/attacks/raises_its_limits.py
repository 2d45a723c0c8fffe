"""Raises the limits of its own process.

Claim: what a process may set it may set higher
Class: privileges and the kernel
Stopped by: root is given up before any student code runs
"""

import os
import resource


def double(x):
    for name in ("AS", "CPU", "NPROC", "FSIZE", "NOFILE", "CORE", "MEMLOCK"):
        which = getattr(resource, f"RLIMIT_{name}")
        before = resource.getrlimit(which)
        for limit in (resource.RLIM_INFINITY, before[1] + 1 if before[1] >= 0 else -1):
            try:
                resource.setrlimit(which, (limit, limit))
            except (OSError, ValueError):
                pass
        if resource.getrlimit(which)[1] > before[1]:
            raise RuntimeError(name)
    for act in (lambda: os.nice(-5), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))):
        try:
            act()
        except OSError:
            continue
        raise RuntimeError("first of all")
    return 2 * x
