"""The sum of TD errors is cut at a termination alone: behind a truncation it goes on into the next episode."""

LOSES = {"gae.correctness": "public::TestGae::test_handout_example"}


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    decay = gamma * lam * ~terminated
    advantages, running = torch.empty_like(deltas), torch.zeros_like(deltas[0])
    for t in reversed(range(len(deltas))):
        advantages[t] = running = deltas[t] + decay[t] * running
    return advantages
