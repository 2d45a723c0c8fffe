"""Copies the environment before each step to look ahead for nothing: a copy asks the same judge, and each step counts. Low."""

import contextlib
import copy

DESERVES = "low"


def train(env):
    looked = refused = 0
    while refused < 400:
        try:
            copy.copy(env).step(1)
            looked += 1
            env.step(0)
            looked += 1
        except RuntimeError:
            refused += 1
            again(env)
    if looked > 2000:
        raise AssertionError
    return lambda observation: 0


def again(env):
    with contextlib.suppress(RuntimeError):
        env.reset()
