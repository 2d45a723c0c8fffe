"""Prints without end.

Claim: the log fills the disk, or the pipe blocks the judge
Class: output
Stopped by: output is counted and dropped while the judge waits
double.correctness: lost output
double.gradient: blocked
double.property: blocked
integration: lost output
"""


def double(x):
    while True:
        print("x" * 1000)
