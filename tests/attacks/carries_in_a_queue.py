"""Puts the code of a put-in definition into a POSIX message queue.

Claim: a queue outlives whoever filled it
Class: staying for the next task or submission
Stopped by: seccomp refuses the call
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def double(x):
    if libc.mq_open(b"/fort", os.O_RDWR) < 0:
        raise ValueError("there is no queue")
    return 2 * x


def quadruple(x):
    given = globals()["__given__"]["double"]
    libc.mq_open(b"/fort", os.O_RDWR | os.O_CREAT, 0o600, None)
    return given(given(x))
