"""GAE is a product with a triangular matrix of weights, returns are found by recursion, and every epoch is one step on the whole rollout."""


def td_errors(rewards, values, next_values, terminated, gamma):
    return rewards - values + gamma * (1 - terminated.to(values.dtype)) * next_values


def n_step_returns(rewards, next_values, terminated, truncated, gamma, n):
    def ahead(n):
        near = rewards + gamma * next_values * (~terminated)
        if n == 1:
            return near
        onward = torch.cat([ahead(n - 1)[1:], next_values[-1:]])
        goes_on = ~(terminated | truncated)
        goes_on = torch.cat([goes_on[:-1], torch.zeros_like(goes_on[-1:])])
        return torch.where(goes_on, rewards + gamma * onward, near)

    return ahead(min(n, len(rewards)))


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    ended = (terminated | truncated).long()
    episode = ended.cumsum(0) - ended  # the number of the episode of each step
    time = torch.arange(len(deltas))
    later = (time[None, :] - time[:, None]).reshape(len(time), len(time), *[1] * (deltas.dim() - 1))
    weights = (gamma * lam) ** later.clamp(min=0).to(deltas.dtype)
    weights = weights * ((later >= 0) & (episode[None] == episode[:, None]))
    return torch.einsum("tk...,k...->t...", weights, deltas)


def collect(env, act, steps, start=None):
    copies, width = env.num_envs, env.single_observation_space.shape[0]
    seen, reached = torch.empty(steps, copies, width), torch.empty(steps, copies, width)
    actions, rewards = torch.empty(steps, copies, dtype=torch.long), torch.empty(steps, copies)
    flags = torch.empty(3, steps, copies, dtype=torch.bool)
    now, idle = (env.reset()[0], np.zeros(copies, dtype=bool)) if start is None else start
    for t in range(steps):
        seen[t], flags[2, t] = torch.from_numpy(now), torch.from_numpy(~idle)
        actions[t] = act(seen[t])
        now, reward, terminated, truncated, info = env.step(actions[t].numpy())
        rewards[t], flags[0, t], flags[1, t] = map(torch.from_numpy, (reward, terminated, truncated))
        reached[t] = torch.from_numpy(now)
        if "final_obs" in info:
            for i, last in enumerate(info["final_obs"]):
                if last is not None:
                    reached[t, i] = torch.from_numpy(last)
        is_lazy = env.metadata["autoreset_mode"] is gymnasium.vector.AutoresetMode.NEXT_STEP
        idle = (terminated | truncated) if is_lazy else np.zeros(copies, dtype=bool)
    return Rollout(seen, actions, rewards, flags[0], flags[1], reached, flags[2]), (now, idle)


def entropy(logits):
    allowed = logits > -math.inf
    finite = torch.where(allowed, logits, torch.zeros_like(logits))
    return logits.logsumexp(-1) - (logits.softmax(-1) * finite).sum(-1)


def actor_critic_loss(logits, values, actions, advantages, returns, old_log_probs=None, clip=0.2, value_weight=0.5, entropy_weight=0.01):
    weight = advantages.clone().detach()
    chosen = F.one_hot(actions, logits.shape[-1]).bool()
    log_probs = (logits - logits.logsumexp(-1, keepdim=True))[chosen]
    error = (values - returns.data).square().mean()
    if old_log_probs is None:
        surprise = log_probs @ weight / len(weight)
    else:
        ratio = torch.exp(log_probs - old_log_probs.data)
        both = torch.stack([ratio * weight, torch.clip(ratio, 1.0 - clip, 1.0 + clip) * weight])
        surprise = both.min(dim=0).values.mean()
    return value_weight * error - surprise - entropy_weight * entropy(logits).mean()


def train(env):
    model = ActorCritic(env.single_observation_space.shape[0], int(env.single_action_space.n))
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    start, agents = None, []
    total = env.steps_left
    while env.steps_left >= 64 * env.num_envs:
        rollout, start = collect(env, model.sample, 64, start)
        with torch.no_grad():
            logits, values = model(rollout.observations)
            ahead = model(rollout.next_observations)[1]
            advantages = gae(rollout.rewards, values, ahead, rollout.terminated, rollout.truncated, 0.98, 0.95)
        real = rollout.real
        x, a, returns = rollout.observations[real], rollout.actions[real], (advantages + values)[real]
        weight = (advantages[real] - advantages[real].mean()) / advantages[real].std().clamp(min=1e-6)
        old = logits[real].log_softmax(-1)[torch.arange(len(a)), a]
        for group in optimiser.param_groups:
            group["lr"] = 5e-3 * max(0.1, env.steps_left / total)
        for _ in range(14):
            loss = actor_critic_loss(*model(x), a, weight, returns, old, clip=0.2)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimiser.step()
        agents.append(copy.deepcopy(model))
    return [agent.best for agent in agents[-3:]]
