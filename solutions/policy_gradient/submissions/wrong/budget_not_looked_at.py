"""Steps are made until there are as many as wanted: where the budget is spent before, one more is tried."""

LOSES = {"collect.correctness": "public::TestCollect::test_budget"}


def collect(env, policy, steps, generator=None):
    rows, over = [], True
    while len(rows) < steps or not over:
        if over:
            observation, _ = env.reset()
        with torch.no_grad():
            action = int(sample_actions(policy(torch.as_tensor(observation)), generator))
        following, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated or env.steps_left == 0
        rows.append((observation, action, reward, over))
        observation = following
    observations, actions, rewards, ends = zip(*rows, strict=True)
    return torch.from_numpy(np.stack(observations)), torch.tensor(actions), torch.tensor(rewards, dtype=torch.float32), torch.tensor(ends)
