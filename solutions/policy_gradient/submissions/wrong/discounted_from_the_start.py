"""The discount counts from the beginning of the episode and not from the step itself: late steps hardly count at all."""

LOSES = {"rewards_to_go.correctness": "public::TestRewardsToGo::test_handout_example"}


def rewards_to_go(rewards, ends, gamma):
    to_go, start = torch.empty_like(rewards), 0
    for end in ends.nonzero()[:, 0].tolist():
        discounted = rewards[start : end + 1] * gamma ** torch.arange(end + 1 - start, dtype=rewards.dtype)
        to_go[start : end + 1] = discounted.flip(0).cumsum(0).flip(0)
        start = end + 1
    return to_go
