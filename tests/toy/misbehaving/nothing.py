"""It returns nothing."""

VERDICT = "wrong"


def double(x):
    pass
