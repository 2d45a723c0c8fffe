"""While collecting, the best action is played instead of a drawn one: the data shows one way to play, again and again."""

LOSES = {"collect.property": "public::TestCollect::test_actions_are_drawn"}


def collect(env, policy, steps, generator=None):
    rows, over = [], True
    while env.steps_left and (len(rows) < steps or not over):
        if over:
            observation, _ = env.reset()
        with torch.no_grad():
            action = int(policy(torch.as_tensor(observation)).argmax())
        following, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated or env.steps_left == 0
        rows.append((observation, action, reward, over))
        observation = following
    observations, actions, rewards, ends = zip(*rows, strict=True)
    return torch.tensor(np.stack(observations)), torch.tensor(actions), torch.tensor(rewards, dtype=torch.float32), torch.tensor(ends)
