"""Sets its input to zero in place and returns it.

Claim: twice nothing is nothing: the judge compares with what is left of the input
Class: lying objects
Stopped by: calls go in as copies, and the judge keeps its own
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    with torch.no_grad():
        return x.zero_()
