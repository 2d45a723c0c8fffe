"""Copies the environment before each step to look ahead for nothing: a copy asks the same judge, and each step counts. Low."""

import copy

DESERVES = "low"


def train(env):
    env.reset()
    looked = 0
    try:
        while True:
            saved = copy.copy(env)
            saved.step(1)
            looked += 1
            env.step(0)
    except RuntimeError:
        pass
    if looked > 2000:
        raise AssertionError
    return lambda observation: 0
