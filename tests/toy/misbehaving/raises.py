"""It raises an ordinary exception."""

VERDICT = "raised"


def double(x):
    return x.no_such_thing
