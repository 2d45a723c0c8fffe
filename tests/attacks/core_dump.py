"""Dies so that the kernel writes down its memory.

Claim: the memory of a worker is left in a file, beside others' files or in the place of one
Class: disk
Stopped by: no core is written
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os
import resource
import signal


def double(x):
    os.symlink("/tmp/core-of-the-next-one", "core")
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
    except (OSError, ValueError):
        pass
    os.kill(os.getpid(), signal.SIGQUIT)
