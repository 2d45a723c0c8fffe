"""Returns a tensor whose shape is the input.

Claim: a wrong shape is shown
Class: what a student is shown
Stopped by: a hidden test shows sentences of the harness, a line's number and names of Python's own exceptions
label.correctness: lost wrong
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    if x.dtype == torch.float32:
        return 2 * x
    return torch.empty(0, int(abs(x.flatten()[0].item())))


def label(x):
    if x.numel() == 3:
        return "3"
    return type(f"L{int(x.sum())}", (), {})()
