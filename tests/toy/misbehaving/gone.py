"""It has no such definition."""

VERDICT = "missing"

double = 1
del double
