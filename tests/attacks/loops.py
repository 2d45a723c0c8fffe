"""Never ends.

Claim: the judge waits for ever
Class: time limits
Stopped by: CPU time is read from outside, children included
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
integration: lost timeout
"""


def double(x):
    while True:
        pass
