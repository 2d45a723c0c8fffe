"""It takes shared anonymous memory without end."""

import mmap

VERDICT = "memory"


def double(x):
    hoard = []
    while True:
        hoard.append(mmap.mmap(-1, 256 * 1024 * 1024))
