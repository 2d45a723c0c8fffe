"""It writes until the disk is full."""

import os

VERDICT = "disk"


def double(x):
    for i in range(10_000):
        with open(os.path.join(os.environ['TMPDIR'], 'fill'), 'ab') as file:
            file.write(bytes(1 << 20))
