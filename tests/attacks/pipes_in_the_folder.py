"""Leaves named pipes and sockets that block whoever opens them.

Claim: whoever reads what was left behind waits for ever
Class: disk
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os
import stat


def double(x):
    for name in ("pipe", "also"):
        if not os.path.exists(name):
            os.mkfifo(name)
    try:
        os.mknod("socket", stat.S_IFSOCK | 0o777)
    except OSError:
        pass
    return 2 * x
