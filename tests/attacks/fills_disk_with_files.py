"""Writes many files, each of which is small enough.

Claim: a limit of each file is no limit of all
Class: disk
Stopped by: the size of a file and of the box's folders is limited
double.correctness: lost disk
double.gradient: blocked
double.property: blocked
integration: lost disk
"""

import os


def double(x):
    for i in range(60):
        with open(os.path.join(os.environ["TMPDIR"], str(i)), "wb") as file:
            file.write(bytes(4 << 20))
    return x
