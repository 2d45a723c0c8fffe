"""The call that only begins an episode is taken for a step: its action was never played, and its reward is nobody's."""

LOSES = {
    "collect.correctness": "public::TestCollect::test_next_step",
    "integration": "public::TestIntegration::test_either_autoreset",
}


def collect(env, act, steps, start=None):
    observations, begins = start or (env.reset()[0], np.zeros(env.num_envs, bool))
    rows = []
    for _ in range(steps):
        actions = act(torch.as_tensor(observations))
        following, rewards, terminated, truncated, info = env.step(actions.numpy())
        reached = following.copy()
        for copy_ in np.flatnonzero(info.get("_final_obs", [])):
            reached[copy_] = info["final_obs"][copy_]
        rows.append((observations, actions, rewards.astype(np.float32), terminated, truncated, reached, ~begins))
        observations = following
    return Rollout(*(torch.as_tensor(np.stack(column)) for column in zip(*rows))), (observations, begins)
