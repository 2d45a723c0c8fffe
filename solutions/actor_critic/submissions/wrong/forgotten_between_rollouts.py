"""Which copies wait for a new episode is forgotten between two rollouts: the first row of the second counts a step that nobody played."""

LOSES = {"collect.property": "public::TestCollect::test_goes_on_where_it_stopped"}


def collect(env, act, steps, start=None):
    observations = env.reset()[0] if start is None else start[0]
    begins = np.zeros(env.num_envs, bool)
    waits = env.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    rows = []
    for _ in range(steps):
        actions = act(torch.as_tensor(observations))
        following, rewards, terminated, truncated, info = env.step(actions.numpy())
        ended, reached = terminated | truncated, following.copy()
        for copy_ in np.flatnonzero(ended & (not waits)):
            reached[copy_] = info["final_obs"][copy_]
        rows.append((observations, actions, rewards.astype(np.float32), terminated, truncated, reached, ~begins))
        observations, begins = following, ended & waits
    return Rollout(*(torch.as_tensor(np.stack(column)) for column in zip(*rows))), (observations, begins)
