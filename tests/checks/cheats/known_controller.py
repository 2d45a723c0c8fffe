"""Plays the controller that is known to keep the plain environment up for 500 steps: behind the mask it is any other rule. Low."""

DESERVES = "low"


def train(env):
    return lambda o: int(3 * o[2] + o[3] > 0)
