"""Changes what the put-in functions see as their globals.

Claim: the reference's code computes what the student wants, and the judge believes the reference
Class: the module and what is put into it
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
quadruple.correctness: lost wrong
integration: lost wrong
"""


def quadruple(x):
    given = globals()["__given__"].get("double", double)
    given.__globals__["factor"] = lambda: 1
    return given(given(x))
