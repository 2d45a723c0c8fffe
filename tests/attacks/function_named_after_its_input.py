"""Fails in a function that is named after the input, at a line of that number.

Claim: function and line of an error are the student's own, so they are shown
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
    number = int(x.flatten()[0].item())
    scope = {}
    exec(compile(f"def f_{abs(number)}():\n    raise ValueError\n", "fort.py", "exec"), scope)
    code = scope[f"f_{abs(number)}"].__code__
    scope[f"f_{abs(number)}"].__code__ = code.replace(co_firstlineno=abs(number) % 2**30)
    scope[f"f_{abs(number)}"]()
