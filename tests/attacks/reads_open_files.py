"""Reads every descriptor that it inherited.

Claim: somebody forgot to close a file of the course, or a pipe of the harness
Class: reading what is hidden
Stopped by: a worker holds the line and its standard streams, and nothing else
"""

import os
import stat


def double(x):
    if x.dtype != torch.float32:
        return 2 * x
    found = []
    for fd in range(256):
        try:
            mode = os.fstat(fd).st_mode
            found.append((fd, stat.S_IFMT(mode)))
            if stat.S_ISREG(mode):
                raise RuntimeError(os.pread(fd, 1000, 0))
        except OSError:
            continue
    if sum(kind == stat.S_IFSOCK for _, kind in found) > 1 or len(found) > 5:
        raise RuntimeError(f"more than the line: {found}")
    return 2 * x
