"""Makes empty files as fast as it can.

Claim: a limit of bytes does not count what has none, and removing them takes for ever
Class: disk
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os


def double(x):
    if x.dtype != torch.float32:
        return 2 * x
    for number in range(300):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY))
    return 2 * x
