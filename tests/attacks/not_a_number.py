"""Returns NaN, which many comparisons let through.

Claim: `not error > tolerance` is true of NaN
Class: lying objects
Stopped by: type, shape, dtype and finiteness are checked before values
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    return x * float("nan")
