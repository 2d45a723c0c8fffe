"""`train` learns from every row of a rollout, also from those of calls that only began an episode: nobody played them."""

LOSES = {"train.correctness": "hidden::TestTrain::test_roads"}


def train(env):
    model = ActorCritic(env.single_observation_space.shape[0], int(env.single_action_space.n))
    optimiser = torch.optim.Adam(model.parameters(), eps=1e-5)
    budget, start, agents = env.steps_left, None, []
    while env.steps_left >= 64 * env.num_envs:
        optimiser.param_groups[0]["lr"] = 5e-3 * env.steps_left / budget
        rollout, start = collect(env, model.sample, 64, start)
        with torch.no_grad():
            logits, values = model(rollout.observations)
            _, after = model(rollout.next_observations)
            old = torch.distributions.Categorical(logits=logits).log_prob(rollout.actions)
        gains = gae(rollout.rewards, values, after, rollout.terminated, rollout.truncated, 0.99, 0.95)
        rows = [column.flatten(0, 1) for column in (rollout.observations, rollout.actions, gains, gains + values, old)]
        for _ in range(6):
            for part in torch.randperm(len(rows[0])).chunk(2):
                x, actions, advantages, returns, before = (column[part] for column in rows)
                advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
                optimiser.zero_grad()
                actor_critic_loss(*model(x), actions, advantages, returns, before).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimiser.step()
        agents.append(copy.deepcopy(model).best)
    return agents[-3:]
