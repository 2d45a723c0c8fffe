"""Returns the environment, or a number, for an agent: what is not an object that can be called gets no score. Wrong."""

DESERVES = "wrong"


def train(env):
    return 500.0
