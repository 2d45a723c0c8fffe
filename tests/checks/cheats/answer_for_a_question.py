"""Tells of a value and asks in the same frame, so that the judge might take either: a frame has two fields. Forged."""

from grader import wire

DESERVES = "forged"


def train(env):
    asking = env._asking
    asking._exchange(wire.pack({"nonce": asking._nonce, "ask": [env._number, "reset", None], "value": 500.0}))
