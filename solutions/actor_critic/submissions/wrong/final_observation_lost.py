"""The last observation of an episode is not looked up in `info`: the first one of the next episode stands in its place."""

LOSES = {
    "collect.correctness": "public::TestCollect::test_same_step",
    "integration": "hidden::TestIntegration::test_one_update[same_step]",
}


def collect(env, act, steps, start=None):
    observations, begins = start or (env.reset()[0], np.zeros(env.num_envs, bool))
    waits = env.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    rows = []
    for _ in range(steps):
        actions = act(torch.as_tensor(observations))
        following, rewards, terminated, truncated, _ = env.step(actions.numpy())
        rows.append((observations, actions, rewards.astype(np.float32), terminated, truncated, following, ~begins))
        observations, begins = following, (terminated | truncated) & waits
    return Rollout(*(torch.as_tensor(np.stack(column)) for column in zip(*rows))), (observations, begins)
