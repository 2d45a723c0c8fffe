"""Writes one file until nothing more fits.

Claim: the machine's disk is full, and nobody else's result can be written
Class: disk
Stopped by: the size of a file and of the box's folders is limited
double.correctness: lost disk
double.gradient: blocked
double.property: blocked
integration: lost disk
"""

import os


def double(x):
    for i in range(10_000):
        with open(os.path.join(os.environ["TMPDIR"], "fill"), "ab") as file:
            file.write(bytes(1 << 20))
