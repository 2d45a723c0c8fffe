"""An endless loop."""

VERDICT = "timeout"


def double(x):
    while True:
        pass
