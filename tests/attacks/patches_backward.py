"""Replaces `backward` by a function that fills in gradients of its choice.

Claim: a gradient that is read in the student's process is the student's to write
Class: patched libraries
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.gradient: lost wrong or raised
"""


def double(x):
    torch.Tensor.backward = lambda self, *args, **kwargs: setattr(x, "grad", torch.ones_like(x))
    return 2 * x
