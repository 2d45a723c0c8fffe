"""It returns a list that contains itself."""

VERDICT = "invalid"


def double(x):
    out = []
    out.append(out)
    return out
