"""The rewards keep the type that the environment pays in: where that is float64, so is what comes back."""

LOSES = {"collect.correctness": "public::TestCollect::test_cart_pole"}


def collect(env, policy, steps, generator=None):
    rows, over = [], True
    while env.steps_left and (len(rows) < steps or not over):
        if over:
            observation, _ = env.reset()
        with torch.no_grad():
            action = int(sample_actions(policy(torch.as_tensor(observation)), generator))
        following, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated or env.steps_left == 0
        rows.append((observation, action, reward, over))
        observation = following
    observations, actions, rewards, ends = zip(*rows, strict=True)
    return torch.from_numpy(np.stack(observations)), torch.tensor(actions), torch.tensor(rewards), torch.tensor(ends)
