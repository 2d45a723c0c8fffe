"""Writes memory files without a name, which are mapped by nobody.

Claim: neither the address space nor the files' sizes count what they hold
Class: memory
Stopped by: seccomp refuses the call
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os

held = []


def double(x):
    while len(held) < 200:
        held.append(os.memfd_create("hoard"))
        os.write(held[-1], bytes(7 << 20))
    return 2 * x
