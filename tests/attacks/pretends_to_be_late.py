"""Sends itself the signal by which the kernel tells that CPU time has run out.

Claim: what the machine is to blame for is graded again, or excused
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
integration: lost timeout
"""

import signal


def double(x):
    signal.raise_signal(signal.SIGXCPU)
