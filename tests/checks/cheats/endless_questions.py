"""Asks for ever, whatever is refused, to keep the judge busy: the CPU limit of the test ends it. Timeout."""

DESERVES = "timeout"


def train(env):
    while True:
        try:
            env.step(0)
        except RuntimeError:
            pass
