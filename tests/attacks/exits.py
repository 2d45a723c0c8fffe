"""Leaves with exit code 0, as a success would.

Claim: a process that ends well has passed
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os


def double(x):
    os._exit(0)
