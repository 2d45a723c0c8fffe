"""Closes every descriptor, the line to the judge among them.

Claim: the judge hangs on a line that nobody holds, or takes its end for success
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os


def double(x):
    os.closerange(0, 256)
    return x
