"""It returns NaN, which many comparisons let through."""

VERDICT = "wrong"


def double(x):
    return x * float('nan')
