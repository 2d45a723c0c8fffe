"""Sums are written out step after step, copy after copy, and the actor and the critic have an optimiser each."""


def td_errors(rewards, values, next_values, terminated, gamma):
    target = torch.where(terminated, rewards, rewards + gamma * next_values)
    return target - values


def n_step_returns(rewards, next_values, terminated, truncated, gamma, n):
    rows = []
    for t in range(len(rewards)):
        end = min(t + n, len(rewards))
        total, discount = torch.zeros_like(rewards[t]), 1.0
        alive = torch.ones_like(terminated[t])
        for k in range(t, end):
            total = total + discount * rewards[k] * alive
            discount *= gamma
            closes = alive & (terminated[k] | truncated[k] | (k == end - 1))
            total = total + discount * next_values[k] * (closes & ~terminated[k])
            alive = alive & ~closes
        rows.append(total)
    return torch.stack(rows)


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    rows = []
    for t in range(len(deltas)):
        total, weight = torch.zeros_like(deltas[t]), torch.ones_like(deltas[t])
        for k in range(t, len(deltas)):
            total = total + weight * deltas[k]
            weight = weight * gamma * lam
            weight[terminated[k] | truncated[k]] = 0
        rows.append(total)
    return torch.stack(rows)


def collect(env, act, steps, start=None):
    if start is None:
        observations, _ = env.reset()
        waiting = np.array([False] * env.num_envs)
    else:
        observations, waiting = start
    columns = [[] for _ in range(7)]
    for _ in range(steps):
        actions = act(torch.tensor(observations))
        following, rewards, terminated, truncated, info = env.step(actions.numpy())
        led_to = np.array(following)
        if env.metadata["autoreset_mode"].name == "SAME_STEP":
            for i in range(env.num_envs):
                if terminated[i] or truncated[i]:
                    led_to[i] = info["final_obs"][i]
            next_waiting = np.zeros(env.num_envs, dtype=bool)
        else:
            next_waiting = np.logical_or(terminated, truncated)
        row = (observations, actions, rewards, terminated, truncated, led_to, np.logical_not(waiting))
        for column, entry in zip(columns, row):
            column.append(torch.as_tensor(entry))
        observations, waiting = following, next_waiting
    observed, acted, rewarded, *flags = (torch.stack(column) for column in columns)
    return Rollout(observed, acted, rewarded.float(), *flags), (observations, waiting)


def entropy(logits):
    exponentials = torch.exp(logits - logits.max(dim=-1, keepdim=True).values.detach())
    probs = exponentials / exponentials.sum(dim=-1, keepdim=True)
    positive = torch.where(probs > 0, probs, torch.ones_like(probs))
    return -(probs * torch.log(positive)).sum(dim=-1)


def actor_critic_loss(logits, values, actions, advantages, returns, old_log_probs=None, clip=0.2, value_weight=0.5, entropy_weight=0.01):
    advantages, returns = advantages.detach(), returns.detach()
    log_probs = -F.cross_entropy(logits, actions, reduction="none")
    if old_log_probs is None:
        actor = -(log_probs * advantages).mean()
    else:
        ratio = torch.exp(log_probs - old_log_probs.detach())
        held = torch.where(advantages >= 0, ratio.clamp(max=1 + clip), ratio.clamp(min=1 - clip))
        actor = -(held * advantages).mean()
    critic = ((values - returns) ** 2).mean()
    return actor + value_weight * critic - entropy_weight * entropy(logits).mean()


def train(env):
    model = ActorCritic(env.single_observation_space.shape[0], env.single_action_space.n)
    actor = torch.optim.Adam(model.actor.parameters(), lr=4e-3)
    critic = torch.optim.Adam(model.critic.parameters(), lr=8e-3)
    start, agents = None, []
    while env.steps_left >= 64 * env.num_envs:
        rollout, start = collect(env, model.sample, 64, start)
        with torch.no_grad():
            logits, values = model(rollout.observations)
            _, next_values = model(rollout.next_observations)
        old = torch.distributions.Categorical(logits=logits).log_prob(rollout.actions)
        advantages = gae(rollout.rewards, values, next_values, rollout.terminated, rollout.truncated, 0.98, 0.95)
        returns = advantages + values
        kept = [column[rollout.real] for column in (rollout.observations, rollout.actions, advantages, returns, old)]
        for _ in range(7):
            order = torch.randperm(len(kept[0]))
            for i in range(0, len(order), 256):
                x, a, adv, ret, before = (column[order[i : i + 256]] for column in kept)
                if len(a) < 2:
                    continue
                logits, values = model(x)
                loss = actor_critic_loss(logits, values, a, (adv - adv.mean()) / (adv.std() + 1e-8), ret, before, value_weight=1.0)
                actor.zero_grad()
                critic.zero_grad()
                loss.backward()
                actor.step()
                critic.step()
        snapshot = ActorCritic(env.single_observation_space.shape[0], env.single_action_space.n)
        snapshot.load_state_dict(model.state_dict())
        agents.append(snapshot.best)
    return agents[-4:]
