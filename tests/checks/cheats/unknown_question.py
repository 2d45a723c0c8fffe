"""Asks the environment for its state, in the hope that the judge has an answer to more than it says. Forged."""

DESERVES = "forged"


def train(env):
    env.reset()
    env._asking.ask(env._number, "__getattribute__", "state")
