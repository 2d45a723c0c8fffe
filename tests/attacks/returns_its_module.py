"""Returns its own module, whose attributes are everything that it knows.

Claim: the judge walks into a namespace of the student's making
Class: lying objects
Stopped by: exact types alone cross, as bytes
double.correctness: lost invalid
double.gradient: blocked
double.property: blocked
integration: lost invalid
"""

import sys


def double(x):
    return sys.modules[__name__]
