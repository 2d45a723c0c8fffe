"""Searches the memory of its own process for the text of the hidden tests.

Claim: the zygote that it was forked from has once read them
Class: reading what is hidden
Stopped by: each task runs in a fresh fork of a process that never ran student code
"""

import re


def double(x):
    if x.dtype != torch.float32:
        return 2 * x
    try:
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
            for line in maps:
                span, mode, *rest = line.split()
                if "rw" in mode and (len(rest) < 4 or "heap" in line):
                    start, end = (int(n, 16) for n in span.split("-"))
                    memory.seek(start)
                    if found := re.search(rb"LABEL_MAR[K] = .{20}", memory.read(min(end - start, 1 << 25))):
                        raise RuntimeError(found[0])
    except OSError:
        pass
    return 2 * x
