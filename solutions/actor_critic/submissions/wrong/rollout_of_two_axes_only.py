"""The shape is unpacked into steps and copies: a single environment, whose rollout has one axis, is refused."""

LOSES = {"gae.property": "public::TestGae::test_one_environment"}


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    steps, copies = deltas.shape
    advantages, running = torch.zeros(steps, copies, dtype=deltas.dtype), torch.zeros(copies, dtype=deltas.dtype)
    for t in reversed(range(steps)):
        running = deltas[t] + gamma * lam * ~(terminated[t] | truncated[t]) * running
        advantages[t] = running
    return advantages
