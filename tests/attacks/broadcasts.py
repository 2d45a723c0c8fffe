"""Returns one number where many are asked for.

Claim: a comparison that broadcasts is content with one right entry
Class: lying objects
Stopped by: type, shape, dtype and finiteness are checked before values
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    return (2 * x).flatten()[0]
