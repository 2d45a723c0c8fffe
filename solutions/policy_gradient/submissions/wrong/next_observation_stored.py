"""A row holds what was seen after the action and not before it: the policy learns from what it could not know."""

LOSES = {"collect.correctness": "public::TestCollect::test_rows_belong_together"}


def collect(env, policy, steps, generator=None):
    rows, over = [], True
    while env.steps_left and (len(rows) < steps or not over):
        if over:
            observation, _ = env.reset()
        with torch.no_grad():
            action = int(sample_actions(policy(torch.as_tensor(observation)), generator))
        observation, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated or env.steps_left == 0
        rows.append((observation, action, reward, over))
    observations, actions, rewards, ends = zip(*rows, strict=True)
    return torch.tensor(np.stack(observations)), torch.tensor(actions), torch.tensor(rewards, dtype=torch.float32), torch.tensor(ends)
