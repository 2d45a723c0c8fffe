"""Returns a list that contains itself.

Claim: whoever walks the answer never comes to an end
Class: the line's protocol
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost invalid
double.gradient: blocked
double.property: blocked
integration: lost invalid
"""


def double(x):
    out = []
    out.append(out)
    return out
