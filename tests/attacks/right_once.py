"""Is right the first time it is called, by a decorator that counts.

Claim: what was right once is not asked again
Class: the module and what is put into it
Stopped by: inputs are drawn in the judge, from the course's key
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

calls = []


def once(function):
    def called(x):
        calls.append(1)
        return function(x) if len(calls) == 1 else torch.zeros_like(x)

    return called


@once
def double(x):
    return 2 * x
