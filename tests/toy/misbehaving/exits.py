"""It leaves with exit code 0, as a success would."""

import os

VERDICT = "raised"


def double(x):
    os._exit(0)
