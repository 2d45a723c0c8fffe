"""Returns an object that says yes to everything.

Claim: a comparison that asks the student's object is answered by it
Class: lying objects
Stopped by: what is neither plain nor an array stays behind a handle that refuses to be compared
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


class Yes:
    def __eq__(self, other):
        return True

    def __bool__(self):
        return True

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


def double(x):
    return Yes()
