"""Every step gets the return of its whole episode: an action is praised for what was paid before it."""

LOSES = {"rewards_to_go.correctness": "public::TestRewardsToGo::test_return_of_an_episode"}


def rewards_to_go(rewards, ends, gamma):
    to_go, start = torch.empty_like(rewards), 0
    for end in ends.nonzero()[:, 0].tolist():
        episode = rewards[start : end + 1]
        to_go[start : end + 1] = (episode * gamma ** torch.arange(len(episode), dtype=rewards.dtype)).sum()
        start = end + 1
    return to_go
