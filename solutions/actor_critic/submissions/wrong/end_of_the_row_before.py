"""The end of an episode is looked up one row too early: the sum is cut before its last step, and not behind it."""

LOSES = {"gae.correctness": "public::TestGae::test_handout_example"}


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    ended = (terminated | truncated).roll(-1, 0)
    advantages, running = torch.empty_like(deltas), torch.zeros_like(deltas[0])
    for t in reversed(range(len(deltas))):
        advantages[t] = running = deltas[t] + gamma * lam * ~ended[t] * running
    return advantages
