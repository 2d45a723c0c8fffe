"""Returns nothing.

Claim: no answer is taken for no complaint
Class: forged answers
Stopped by: type, shape, dtype and finiteness are checked before values
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    pass
