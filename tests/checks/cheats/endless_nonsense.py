"""Sends what is no action for ever, large and small: nothing is stepped, and the limits of the test end it. Timeout."""

import contextlib

import numpy as np

DESERVES = "timeout"


def train(env):
    env.reset()
    large = np.zeros(100_000)
    while True:
        for action in (large, float("nan"), "left", [object], None, -1, 2**62, b"1", {"a": 1}):
            with contextlib.suppress(ValueError, TypeError):
                env.step(action)
