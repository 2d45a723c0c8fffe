"""Writes a forbidden call in letters that Python takes for the same name.

Claim: whoever looks for the name does not find it
Class: the text of the submission
Stopped by: names are compared as Python reads them
quadruple.correctness: lost forbidden
"""


def quadruple(x):
    return torch.ｍｕｌ(x, 4)
