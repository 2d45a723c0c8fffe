"""Makes a forbidden call by the numbers of another instruction set.

Claim: a filter that knows calls by number knows them by the wrong one
Class: privileges and the kernel
Stopped by: seccomp refuses the call
"""

import ctypes
import os
import platform


def double(x):
    if platform.machine() == "x86_64":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syscall(0x40000000 | 521, 16, os.getppid(), 0, 0) >= 0:
            raise RuntimeError("x32")
        if libc.syscall(0x40000000 | 39) >= 0:
            raise RuntimeError("x32")
    return 2 * x
