"""It signals everything that it can reach."""

import os
import signal

VERDICT = "raised"


def double(x):
    os.kill(os.getppid(), signal.SIGKILL)
