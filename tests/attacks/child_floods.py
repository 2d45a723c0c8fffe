"""Leaves a child that prints while nobody asks, and after its parent's answer.

Claim: output that comes between two calls is not counted, and blocks the pipe for the next
Class: output
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os


def double(x):
    if x.dtype == torch.float32 and os.fork() == 0:
        os.write(1, bytes(1 << 19))
        while True:
            os.read(os.pipe()[0], 1)
    return 2 * x
