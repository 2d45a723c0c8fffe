"""Returns a sparse tensor, which has no memory of its entries.

Claim: copying it out crashes the harness
Class: lying objects
Stopped by: what is neither plain nor an array stays behind a handle that refuses to be compared
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    return (2 * x).to_sparse()
