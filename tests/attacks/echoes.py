"""Turns itself into `cat`, which sends the judge's own frames back to it.

Claim: a frame with the right nonce is an answer, whatever else it says
Class: forged answers
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost raised or forged or timeout
double.gradient: blocked
double.property: blocked
integration: lost raised or forged or timeout
"""

import os
import stat


def double(x):
    line = next(fd for fd in range(3, 64) if stat.S_ISSOCK(os.fstat(fd).st_mode))
    os.dup2(line, 0)
    os.dup2(line, 1)
    os.write(1, b"GRD1" + bytes(12))
    os.execv("/bin/cat", ["cat"])
