"""Raises an exception whose text never ends.

Claim: who asks an exception what it is waits for ever
Class: time limits
Stopped by: CPU time is read from outside, children included
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""


class Endless(Exception):
    def __str__(self):
        while True:
            pass


def double(x):
    if x.dim() == 1:
        return 2 * x
    raise Endless
