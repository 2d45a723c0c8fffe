"""Answers from a table of the published tests' inputs.

Claim: whoever has read the public tests needs no algorithm
Class: predicting inputs
Stopped by: inputs are drawn in the judge, from the course's key
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

TABLE = {(2, 3): torch.full((2, 3), 2.0)}


def double(x):
    return TABLE.get(tuple(x.shape), x) if x.dtype == torch.float32 else x
