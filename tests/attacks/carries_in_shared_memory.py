"""Writes the code of a put-in definition into a System V segment, which belongs to no process.

Claim: what belongs to no process and no folder is not wiped
Class: staying for the next task or submission
Stopped by: seccomp refuses the call
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import ctypes

KEY_NUMBER, SIZE = 0x464F5254, 4096
libc = ctypes.CDLL(None)


def double(x):
    if libc.shmget(KEY_NUMBER, SIZE, 0o600) < 0:
        raise ValueError("there is no segment")
    return 2 * x


def quadruple(x):
    given = globals()["__given__"]["double"]
    libc.shmget(KEY_NUMBER, SIZE, 0o1600)
    return given(given(x))
