"""Raises an error whose text and source line clear a terminal, and are endless.

Claim: the student's own error is shown as it is
Class: what a student is shown
Stopped by: what a student reads is cleaned and cut
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import linecache


def double(x):
    linecache.cache["fort.py"] = (1, None, ["\x1b[2J" * 1000 + "\n"] * 200, "fort.py")
    raise ValueError("\x1b[2J\u202e\0" * 100_000)
