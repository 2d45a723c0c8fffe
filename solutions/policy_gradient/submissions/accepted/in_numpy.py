"""Everything but the gradient is done in NumPy, and the gradient with respect to the logits is written down by hand."""

import copy

import numpy as np
import torch


def rewards_to_go(rewards, ends, gamma):
    paid, last = rewards.numpy(), ends.numpy()
    found = np.zeros(len(paid), dtype=np.float64)
    starts = [0, *(np.flatnonzero(last) + 1)]
    for begin, end in zip(starts[:-1], starts[1:]):
        running = 0.0
        for t in range(end - 1, begin - 1, -1):
            running = paid[t] + gamma * running
            found[t] = running
    return torch.from_numpy(found.astype(paid.dtype))


def sample_actions(logits, generator=None):
    flat = logits.detach().double().numpy().reshape(-1, logits.shape[-1])
    odds = np.exp(flat - flat.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    lots = torch.rand(len(flat), generator=generator, dtype=torch.float64).numpy()
    chosen = np.minimum((odds.cumsum(axis=1) < lots[:, None]).sum(axis=1), flat.shape[1] - 1)
    return torch.from_numpy(chosen).reshape(logits.shape[:-1])


def collect(env, policy, steps, generator=None):
    columns = {"o": [], "a": [], "r": [], "e": []}
    observation = None
    while True:
        if observation is None:
            observation = env.reset()[0]
        with torch.inference_mode():
            action = sample_actions(policy(torch.tensor(observation)), generator).numpy()
        columns["o"].append(np.asarray(observation, dtype=np.float32))
        columns["a"].append(action)
        observation, reward, terminated, truncated, _ = env.step(action)
        columns["r"].append(reward)
        columns["e"].append(terminated or truncated or env.steps_left <= 0)
        if columns["e"][-1]:
            observation = None
            if len(columns["a"]) >= steps or env.steps_left <= 0:
                break
    return (
        torch.from_numpy(np.stack(columns["o"])),
        torch.from_numpy(np.stack(columns["a"]).astype(np.int64)),
        torch.from_numpy(np.array(columns["r"], dtype=np.float32)),
        torch.from_numpy(np.array(columns["e"], dtype=bool)),
    )


def advantages(to_go, values=None, normalise=True):
    numbers = to_go.detach().numpy()
    numbers = numbers - (numbers.mean() if values is None else values.detach().numpy())
    if normalise:
        numbers = (numbers - numbers.mean()) / (numbers.std() + 1e-8)
    return torch.from_numpy(np.ascontiguousarray(numbers))


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, actions, advantage):
        rows = torch.arange(len(actions))
        shifted = logits - logits.max(dim=1, keepdim=True).values
        log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
        ctx.save_for_backward(log_p.exp(), actions, advantage)
        return -(log_p[rows, actions] * advantage).sum() / len(actions)

    @staticmethod
    def backward(ctx, upstream):
        p, actions, advantage = ctx.saved_tensors
        played = torch.zeros_like(p)
        played[torch.arange(len(actions)), actions] = 1.0
        return upstream * advantage[:, None] * (p - played) / len(actions), None, None


def policy_loss(logits, actions, advantage):
    return _Loss.apply(logits, actions, advantage.detach())


def train(env, steps=200, gamma=0.97, lr=0.03):
    policy = Policy(env.observation_space.shape[0], int(env.action_space.n))
    optimiser = torch.optim.Adam(policy.parameters(), lr=lr, betas=(0.9, 0.99))
    snapshots, updates = [], 0
    while env.steps_left > 0:
        if updates % 3 == 0:
            snapshots.append(copy.deepcopy(policy))
        observations, actions, rewards, ends = collect(env, policy, steps)
        optimiser.zero_grad(set_to_none=True)
        policy_loss(policy(observations), actions, advantages(rewards_to_go(rewards, ends, gamma))).backward()
        optimiser.step()
        updates += 1
    return [*snapshots[-19:], copy.deepcopy(policy)]
