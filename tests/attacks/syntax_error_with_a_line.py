"""Raises a SyntaxError whose line is the input.

Claim: the line of a SyntaxError is shown
Class: what a student is shown
Stopped by: a line that the file does not have is no line
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""


def double(x):
    if x.dtype == torch.float32:
        return 2 * x
    error = SyntaxError("invalid syntax")
    error.lineno = int(x.flatten()[0].item())
    raise error
