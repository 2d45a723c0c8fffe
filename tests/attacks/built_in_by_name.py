"""Raises an exception that says to be one of Python's own, and has the input for a name.

Claim: names of Python's own exceptions are shown, and a class may say whose it is
Class: what a student is shown
Stopped by: a hidden test shows sentences of the harness, a line's number and names of Python's own exceptions
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""


def double(x):
    if x.dtype == torch.float32:
        return 2 * x
    raise type(f"Input{x.flatten()[0].item():.0f}", (Exception,), {"__module__": "builtins"})
