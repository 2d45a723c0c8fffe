"""Writes half of an answer and leaves.

Claim: the judge waits for the other half, or the next worker's bytes complete it
Class: the line's protocol
Stopped by: the end of the line ends the worker, and the test
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os
import stat
import struct


def double(x):
    line = next(fd for fd in range(3, 64) if stat.S_ISSOCK(os.fstat(fd).st_mode))
    os.write(line, struct.pack("<4sIQ", b"GRD1", 100, 100) + bytes(50))
    os._exit(0)
