"""The actions are handed to the environments as a tensor, but Gymnasium expects an array of whole numbers."""

LOSES = {"collect.correctness": "public::TestCollect::test_cart_pole"}


def collect(env, act, steps, start=None):
    observations, begins = start or (env.reset()[0], np.zeros(env.num_envs, bool))
    waits = env.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    rows = []
    for _ in range(steps):
        actions = act(torch.as_tensor(observations))
        following, rewards, terminated, truncated, info = env.step(actions)
        ended, reached = (terminated | truncated, following.copy())
        for copy_ in np.flatnonzero(ended & (not waits)):
            reached[copy_] = info["final_obs"][copy_]
        rows.append((observations, actions, rewards.astype(np.float32), terminated, truncated, reached, ~begins))
        observations, begins = (following, ended & waits)
    return (Rollout(*(torch.as_tensor(np.stack(column)) for column in zip(*rows, strict=True))), (observations, begins))
