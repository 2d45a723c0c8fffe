"""Writes an answer of its own on every descriptor before the real one.

Claim: the judge takes bytes of its making for the answer
Class: forged answers
Stopped by: a nonce of each call, unknown before it is asked
double.correctness: lost forged
double.gradient: blocked
double.property: blocked
integration: lost forged
"""

import os


def double(x):
    for fd in range(3, 64):
        try:
            os.write(fd, b"GRD1" + bytes(12))
        except OSError:
            pass
    return x
