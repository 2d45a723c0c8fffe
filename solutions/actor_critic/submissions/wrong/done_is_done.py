"""Truncation and termination are thrown together as `done`: where an episode is only cut off, the value of the rest is missing."""

LOSES = {"gae.correctness": "public::TestGae::test_handout_example"}


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    done = terminated | truncated
    deltas = td_errors(rewards, values, next_values, done, gamma)
    advantages, running = torch.empty_like(deltas), torch.zeros_like(deltas[0])
    for t in reversed(range(len(deltas))):
        advantages[t] = running = deltas[t] + gamma * lam * ~done[t] * running
    return advantages
