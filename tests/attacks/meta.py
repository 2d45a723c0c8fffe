"""Returns a tensor that has a shape and no data at all.

Claim: a harness that compares shapes and then reads data dies, or compares nothing
Class: lying objects
Stopped by: what is neither plain nor an array stays behind a handle that refuses to be compared
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
"""


def double(x):
    return (2 * x).to("meta") if x.dim() == 2 else 2 * x
