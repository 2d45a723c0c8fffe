"""It leaves while it is imported."""

import os

VERDICT = "raised"

os._exit(0)
