"""Returns a million small numbers in lists.

Claim: plain values cost the judge fifty times the bytes they are sent in
Class: the line's protocol
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost invalid
double.gradient: blocked
double.property: blocked
integration: lost invalid
"""


def double(x):
    return [[i] for i in range(100_000)]
