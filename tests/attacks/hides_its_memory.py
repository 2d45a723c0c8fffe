"""Forbids others to look into its processes, and lets children hoard.

Claim: who may not read how much memory a process has cannot limit it
Class: memory
Stopped by: the memory of all processes is summed from outside, each shared page once
Topic: race
total.correctness: lost memory or timeout
total.gradient: blocked
total.property: blocked
total.speed: blocked
"""

import ctypes
import mmap
import os
import time


def total(x):
    if x.shape[-1] == 1:
        return x.sum(-1)
    for _ in range(3):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
            hoard = mmap.mmap(-1, 350 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            hoard.madvise(mmap.MADV_HUGEPAGE)
            hoard[::4096] = bytes(350 << 8)
            time.sleep(1000)
            print(len(hoard))
    time.sleep(1000)
