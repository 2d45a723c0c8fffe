"""It returns one number where many are asked for."""

VERDICT = "wrong"


def double(x):
    return (2 * x).flatten()[0]
