"""Holds files open that it has deleted, which no listing shows.

Claim: whoever counts files, or removes them, does not see what they hold
Class: disk
Stopped by: the size of a file and of the box's folders is limited
double.correctness: lost disk
double.gradient: blocked
double.property: blocked
integration: lost disk
"""

import os

held = []


def double(x):
    for i in range(20):
        held.append(open(os.path.join(os.environ["TMPDIR"], "gone"), "wb", buffering=0))
        os.unlink(held[-1].name)
        if held[-1].write(bytes(4 << 20)) < 4 << 20:
            held[-1].write(bytes(4 << 20))
    return x
