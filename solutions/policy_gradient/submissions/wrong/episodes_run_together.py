"""The sum runs on across the ends of episodes: a step is praised for what the next episodes earned."""

LOSES = {"rewards_to_go.correctness": "public::TestRewardsToGo::test_episodes_do_not_mix"}


def rewards_to_go(rewards, ends, gamma):
    to_go, later = [], 0.0
    for reward in reversed(rewards.tolist()):
        later = reward + gamma * later
        to_go.append(later)
    return torch.tensor(to_go[::-1], dtype=rewards.dtype)
