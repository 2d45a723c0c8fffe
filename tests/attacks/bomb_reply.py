"""Announces an answer of many gigabytes.

Claim: the judge reserves the memory that an answer announces
Class: the line's protocol
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost forged
double.gradient: blocked
double.property: blocked
integration: lost forged
"""

import os
import struct


def double(x):
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack("<4sIQ", b"GRD1", 100, 1 << 62))
        except OSError:
            pass
    return x
