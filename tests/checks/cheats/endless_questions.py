"""Asks for ever, whatever is refused, to keep the judge busy: the CPU limit of the test ends it. Timeout."""

import contextlib

DESERVES = "timeout"


def train(env):
    while True:
        with contextlib.suppress(RuntimeError):
            env.step(0)
