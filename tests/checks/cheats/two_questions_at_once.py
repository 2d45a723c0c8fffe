"""Sends a second question before the first is answered, to be a step ahead of the judge: it bears an old nonce. Forged."""

from grader import wire

DESERVES = "forged"


def train(env):
    env.reset()
    asking = env._asking
    exchange = asking._exchange
    line = next(cell.cell_contents for cell in exchange.__closure__)
    wire.send(line, wire.pack({"nonce": asking._nonce, "ask": [env._number, "step", 0]}))
    env.step(0)
    env.step(0)
