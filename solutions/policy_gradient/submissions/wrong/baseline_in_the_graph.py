"""The advantages are no constants: the loss of the policy pulls at the learned baseline too."""

LOSES = {"advantages.property": "public::TestAdvantages::test_baseline_is_a_constant"}


def advantages(to_go, values=None, normalise=True):
    advantage = to_go - (to_go.mean() if values is None else values)
    if normalise:
        advantage = (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)
    return advantage
