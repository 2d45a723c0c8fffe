"""Reads the nonce where its caller keeps it, answers this call itself and the next ones in advance.

Claim: the calls that follow are answered before they are asked
Class: forged answers
Stopped by: a nonce of each call, unknown before it is asked
double.correctness: lost wrong and forged
double.gradient: blocked
double.property: blocked
integration: lost forged
"""

import os
import sys

from grader import wire


def double(x):
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get("self"), "_asking"):
        frame = frame.f_back
    nonce = frame.f_locals["self"]._asking._nonce
    for ahead in range(8):
        data = b"".join(wire.pack({"nonce": nonce + ahead, "value": {"passed": True}}))
        for fd in range(3, 64):
            try:
                os.write(fd, data)
            except OSError:
                pass
    return x
