"""Takes the control socket out of its parent's hands.

Claim: who holds the control socket orders workers, and answers to the judge
Class: other processes
Stopped by: seccomp refuses the call
"""

import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None)
    handle = libc.syscall(434, os.getppid(), 0)
    for fd in range(3, 32):
        if handle >= 0 and libc.syscall(438, handle, fd, 0) >= 0:
            raise RuntimeError("stolen")
    return 2 * x
