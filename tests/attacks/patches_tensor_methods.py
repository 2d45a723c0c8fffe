"""Replaces the methods of torch.Tensor by which an answer is copied out.

Claim: the bytes that cross are not the tensor's
Class: patched libraries
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.correctness: lost raised or wrong or invalid
double.gradient: blocked
double.property: blocked
integration: lost raised or wrong or invalid
"""


def double(x):
    for name in ("detach", "cpu", "contiguous", "reshape", "resolve_conj", "view"):
        setattr(torch.Tensor, name, lambda self, *args: self)
    return x
