"""Runs one operation of the interpreter that takes years and lets no signal in.

Claim: Python's own handlers, and other threads, never get their turn
Class: time limits
Stopped by: the box is killed from outside
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import re


def double(x):
    if x.dim() == 1:
        return 2 * x
    re.match(r"(a+)+$", "a" * 60 + "b")
    return x
