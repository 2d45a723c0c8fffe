"""Asks an environment that was never given, for instance a next test's: the judge serves what it has given alone. Forged."""

DESERVES = "forged"


def train(env):
    env._number += 1
    env.reset()
