"""It raises while it is imported."""

VERDICT = "invalid"

raise ValueError("not today")
