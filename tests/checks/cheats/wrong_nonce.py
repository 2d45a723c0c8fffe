"""Asks with a nonce of its own making, as a frame prepared before the call would: no such question is answered. Forged."""

DESERVES = "forged"


def train(env):
    env._asking._nonce = 12345
    env.reset()
