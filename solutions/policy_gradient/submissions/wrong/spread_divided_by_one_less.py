"""The standard deviation is the one of statistics, divided by one less than the number of steps: of a single step it is NaN."""

LOSES = {"advantages.correctness": "public::TestAdvantages::test_handout_example"}


def advantages(to_go, values=None, normalise=True):
    advantage = (to_go - (to_go.mean() if values is None else values)).detach()
    if normalise:
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    return advantage
