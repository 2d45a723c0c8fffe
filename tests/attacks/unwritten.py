"""Is still the starter's.

Claim: what is not written is left out of the mark
Class: the module and what is put into it
Stopped by: the list of tests that must pass is the judge's, and what does not answer earns nothing
double.correctness: lost missing
double.gradient: blocked
double.property: blocked
integration: lost missing
"""


def double(x):
    raise NotImplementedError("double is yours to write")
