"""Advantages are lambda-returns less values, a small class keeps the rollout, probabilities come from `Categorical`, and the clip is a case distinction."""

from torch.distributions import Categorical


class Diary:
    def __init__(self):
        self.days = []

    def write(self, *day):
        self.days.append([torch.as_tensor(np.array(entry)) for entry in day])

    def read(self):
        return [torch.stack(column) for column in zip(*self.days)]


def td_errors(rewards, values, next_values, terminated, gamma):
    return torch.add(rewards, torch.where(terminated, torch.zeros_like(next_values), next_values), alpha=gamma).sub(values)


def n_step_returns(rewards, next_values, terminated, truncated, gamma, n):
    steps = rewards.size(0)
    result = td_errors(rewards, torch.zeros_like(rewards), next_values, terminated, gamma)
    one = result.clone()
    ended = terminated.logical_or(truncated)
    for _ in range(1, min(n, steps)):
        longer = one.clone()
        longer[:-1] = torch.where(ended[:-1], one[:-1], rewards[:-1] + gamma * result[1:])
        result = longer
    return result


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    returns = torch.zeros_like(rewards)
    last = len(rewards) - 1
    for t in range(last, -1, -1):
        ahead = next_values[t]
        if t < last:
            mixed = ahead + lam * (returns[t + 1] - values[t + 1])
            ahead = torch.where(truncated[t], ahead, mixed)
        returns[t] = rewards[t] + gamma * ahead * terminated[t].logical_not()
    return returns - values


def collect(env, act, steps, start=None):
    here, asleep = start if start is not None else (env.reset()[0], np.zeros(env.num_envs, dtype=bool))
    diary = Diary()
    mode = str(env.metadata["autoreset_mode"].name)
    for _ in range(steps):
        choice = act(torch.from_numpy(np.asarray(here)))
        there, pay, over, cut, info = env.step(np.asarray(choice))
        final = there
        if mode == "SAME_STEP" and (over | cut).any():
            final = np.stack([info["final_obs"][i] if over[i] or cut[i] else there[i] for i in range(len(there))])
        diary.write(here, choice, np.float32(pay), over, cut, final, ~asleep)
        here = there
        asleep = (over | cut) & (mode == "NEXT_STEP")
    return Rollout(*diary.read()), (here, asleep)


def entropy(logits):
    log_probs = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    return torch.einsum("...a,...a->...", log_probs.exp(), log_probs).neg()


def actor_critic_loss(logits, values, actions, advantages, returns, old_log_probs=None, clip=0.2, value_weight=0.5, entropy_weight=0.01):
    with torch.no_grad():
        weights, goals = advantages * 1.0, returns * 1.0
    log_probs = Categorical(logits=logits).log_prob(actions)
    if old_log_probs is None:
        gain = log_probs.mul(weights).mean()
    else:
        ratio = (log_probs - old_log_probs.detach()).exp()
        # The clip holds back where the ratio went the way that the advantage wants.
        gone_far = ((weights > 0) & (ratio > 1 + clip)) | ((weights < 0) & (ratio < 1 - clip))
        held = 1 + clip * weights.sign()
        gain = (torch.where(gone_far, held, ratio) * weights).mean()
    return entropy(logits).mean().mul(-entropy_weight) - gain + (goals - values).pow(2).mean() * value_weight


def train(env):
    model = ActorCritic(env.single_observation_space.shape[0], int(env.single_action_space.n))
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    budget, start, agents = env.steps_left, None, []
    while env.steps_left > 64 * env.num_envs:
        rollout, start = collect(env, lambda x: Categorical(logits=model(x)[0].detach()).sample(), 64, start)
        with torch.no_grad():
            logits, values = model(rollout.observations)
            advantages = gae(rollout[2], values, model(rollout[5])[1], rollout[3], rollout[4], 0.985, 0.95)
            old = Categorical(logits=logits).log_prob(rollout.actions)
        mask = rollout.real
        data = torch.utils.data.TensorDataset(
            rollout.observations[mask], rollout.actions[mask], advantages[mask], (advantages + values)[mask], old[mask]
        )
        for _ in range(6):
            for rows in torch.randperm(len(data)).split(256):
                x, a, adv, ret, before = data[rows]
                adv = (adv - adv.mean()) / (adv.std(unbiased=False) + 1e-6)
                loss = actor_critic_loss(*model(x), a, adv, ret, before, entropy_weight=0.005)
                model.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 0.7)
                optimiser.step()
        if env.steps_left < budget / 2:
            agents.append(copy.deepcopy(model).best)
    return agents[::-1][:3][::-1]
