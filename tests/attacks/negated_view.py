"""Returns a lazily negated view whose memory holds the right numbers.

Claim: a harness that reads the memory sees other numbers than the tensor has
Class: lying objects
Stopped by: an array's bytes are read through the library's own methods, and compared in the judge
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    return torch._neg_view(2 * x)
