"""Attaches to its parent with ptrace.

Claim: who traces the zygote writes its memory
Class: other processes
Stopped by: seccomp refuses the call
"""

import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    for request in (16, 0x4206):
        if libc.ptrace(request, os.getppid(), 0, 0) == 0:
            raise RuntimeError("attached")
    return 2 * x
