"""It announces an answer of many gigabytes."""

import os
import struct

VERDICT = "forged"


def double(x):
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack('<4sIQ', b'GRD1', 100, 1 << 62))
        except OSError:
            pass
    return x
