"""Answers with a reference to an object of the harness by a number of its choice.

Claim: the judge takes an object that it holds itself for the answer
Class: forged answers
Stopped by: what is neither plain nor an array stays behind a handle that refuses to be compared
double.correctness: lost wrong or forged
double.gradient: blocked
double.property: blocked
integration: lost wrong or forged
"""

from grader import wire


def double(x):
    return wire.Ref(1, "Tensor")
