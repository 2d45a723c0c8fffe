"""It is still the starter's."""

VERDICT = "missing"


def double(x):
    raise NotImplementedError("double is yours to write")
