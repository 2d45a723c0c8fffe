"""Sends open files over the line, hundreds of them.

Claim: the judge runs out of descriptors, or closes one of its own
Class: the line's protocol
Stopped by: the judge asks the line for bytes alone, and the kernel drops what came beside them
double.correctness: lost forged
double.gradient: blocked
double.property: blocked
integration: lost forged
"""

import os
import socket
import stat


def double(x):
    fd = next(fd for fd in range(3, 64) if stat.S_ISSOCK(os.fstat(fd).st_mode))
    line = socket.socket(fileno=os.dup(fd))
    null = os.open("/dev/null", os.O_RDONLY)
    for _ in range(20):
        socket.send_fds(line, [b"x"], [null] * 100)
    return 2 * x
