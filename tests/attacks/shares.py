"""Takes shared anonymous memory without end.

Claim: a limit of private memory does not count what is shared
Class: memory
Stopped by: the address space of a worker is limited
double.correctness: lost memory
double.gradient: blocked
double.property: blocked
integration: lost memory
"""

import mmap


def double(x):
    hoard = []
    while True:
        hoard.append(mmap.mmap(-1, 256 * 1024 * 1024))
