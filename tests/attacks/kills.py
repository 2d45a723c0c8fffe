"""Kills its parent.

Claim: without its zygote the harness cannot go on
Class: other processes
Stopped by: the judge is another process, behind a namespace or a Landlock domain
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os
import signal


def double(x):
    os.kill(os.getppid(), signal.SIGKILL)
