"""Answers one byte at a time and never ends.

Claim: a judge that counts its patience from the last byte waits for ever
Class: time limits
Stopped by: the judge's wall clock runs until the whole answer is there
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import os
import stat
import struct
import time


def double(x):
    if x.dim() == 1:
        return 2 * x
    line = next(fd for fd in range(3, 64) if stat.S_ISSOCK(os.fstat(fd).st_mode))
    os.write(line, struct.pack("<4sIQ", b"GRD1", 200_000, 0))
    while True:
        os.write(line, b"\x90")
        time.sleep(0.05)
