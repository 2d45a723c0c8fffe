"""The sums are divided by powers of gamma, which in a long episode are too small for any number: 0 / 0."""

LOSES = {"rewards_to_go.property": "public::TestRewardsToGo::test_long_episode"}


def rewards_to_go(rewards, ends, gamma):
    to_go, start = torch.empty_like(rewards), 0
    for end in ends.nonzero()[:, 0].tolist():
        powers = gamma ** torch.arange(end + 1 - start, dtype=rewards.dtype)
        to_go[start : end + 1] = (rewards[start : end + 1] * powers).flip(0).cumsum(0).flip(0) / powers
        start = end + 1
    return to_go
