"""Raises an exception whose class cannot be asked for its name.

Claim: whoever describes the error fails himself
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""


class Nameless(type):
    @property
    def __name__(cls):
        raise KeyboardInterrupt


def double(x):
    raise Nameless("Quiet", (BaseException,), {})
