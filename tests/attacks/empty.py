"""Returns a tensor without entries.

Claim: every entry of nothing is right
Class: lying objects
Stopped by: type, shape, dtype and finiteness are checked before values
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    return x.new_empty(0, x.shape[-1])
