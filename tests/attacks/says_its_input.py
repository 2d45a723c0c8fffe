"""Raises an exception whose text, notes and cause are the input.

Claim: a hidden input is read in the text of the error
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
    error = ValueError(f"{x.flatten()[0].item():.0f}")
    error.add_note(str(error))
    raise error from KeyError(str(error))
