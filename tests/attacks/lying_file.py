"""Names itself by an object that is equal to every file name.

Claim: lines of the harness are shown as the student's own
Class: what a student is shown
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""


class EveryFile(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__

    def startswith(self, *args):
        raise KeyboardInterrupt


__file__ = EveryFile("fort.py")


def double(x):
    raise ValueError
