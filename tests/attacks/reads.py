"""Opens the reference where it lies.

Claim: the answer is read instead of written
Class: reading what is hidden
Stopped by: tests, solutions and the course are not in the box
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import pathlib


def double(x):
    here = pathlib.Path("COURSE")
    return eval((here / "solutions/fort/fort.py").read_text())
