"""The training learns a second network, which tells what to expect of each observation; the loss is a weighted cross-entropy."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


def rewards_to_go(rewards, ends, gamma):
    # Backwards by doubling: after round k each entry holds the next 2^k rewards of its episode.
    total, alive, weight, reach = rewards.clone(), (~ends).to(rewards.dtype), gamma, 1
    while reach < len(rewards):
        ahead, ahead_alive = torch.zeros_like(total), torch.zeros_like(alive)
        ahead[:-reach], ahead_alive[:-reach] = total[reach:], alive[reach:]
        total = total + weight * alive * ahead
        alive, weight, reach = alive * ahead_alive, weight * weight, 2 * reach
    return total


def sample_actions(logits, generator=None):
    with torch.no_grad():
        cumulated = F.softmax(logits.double(), dim=-1).cumsum(dim=-1)
        lot = torch.rand(logits.shape[:-1], generator=generator, dtype=torch.float64)
        return (lot.unsqueeze(-1) > cumulated[..., :-1]).sum(dim=-1)


def collect(env, policy, steps, generator=None):
    observations, actions, rewards, ends = [], [], [], []
    over = True
    while len(actions) < steps or not over:
        if over:
            if not env.steps_left:
                break
            observation = env.reset()[0]
        observations.append(torch.from_numpy(observation))
        actions.append(int(sample_actions(policy(observations[-1]), generator)))
        observation, reward, terminated, truncated, _ = env.step(actions[-1])
        over = terminated or truncated or not env.steps_left
        rewards.append(float(reward))
        ends.append(bool(over))
    return torch.stack(observations), torch.tensor(actions), torch.tensor(rewards), torch.tensor(ends)


def advantages(to_go, values=None, normalise=True):
    expected = torch.full_like(to_go, float(to_go.mean())) if values is None else values.detach()
    surprise = to_go.detach() - expected
    if not normalise:
        return surprise
    variance, mean = torch.var_mean(surprise, correction=0)
    return (surprise - mean) / (variance.sqrt() + 1e-8)


def policy_loss(logits, actions, advantage):
    return torch.mean(F.cross_entropy(logits, actions, reduction="none") * advantage.detach())


def train(env, steps=200, gamma=0.97, lr=0.03):
    width = env.observation_space.shape[0]
    policy, critic = Policy(width, int(env.action_space.n)), nn.Sequential(nn.Linear(width, 32), nn.Tanh(), nn.Linear(32, 1))
    nn.init.zeros_(critic[2].weight)  # to begin with it expects nothing of anything
    optimiser, critic_optimiser = torch.optim.Adam(policy.parameters(), lr), torch.optim.Adam(critic.parameters(), 0.01)
    snapshots, scale = [copy.deepcopy(policy)], 1 / (1 - gamma)
    while env.steps_left:
        observations, actions, rewards, ends = collect(env, policy, steps)
        to_go = rewards_to_go(rewards, ends, gamma)
        advantage = advantages(to_go, scale * critic(observations).squeeze(-1))
        optimiser.zero_grad()
        policy_loss(policy(observations), actions, advantage).backward()
        optimiser.step()
        for _ in range(10):
            critic_optimiser.zero_grad()
            F.mse_loss(critic(observations).squeeze(-1), to_go / scale).backward()
            critic_optimiser.step()
        snapshots.append(copy.deepcopy(policy))
    return snapshots[:1] + snapshots[1:][-15:]
