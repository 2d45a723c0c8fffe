"""`torch.distributions` samples and scores, lists are filled in loops, and the advantages are left to a small class."""

import copy

import torch
from torch.distributions import Categorical


def rewards_to_go(rewards, ends, gamma):
    paid, last = rewards.tolist(), ends.tolist()
    result = []
    for t in range(len(paid)):
        total, weight, k = 0.0, 1.0, t
        while True:
            total += weight * paid[k]
            if last[k]:
                break
            weight *= gamma
            k += 1
        result.append(total)
    return rewards.new_tensor(result)


def sample_actions(logits, generator=None):
    if generator is None:
        return Categorical(logits=logits).sample()
    noise = torch.rand(logits.shape, generator=generator, dtype=torch.float64)
    return (logits - torch.log(-torch.log(noise))).argmax(dim=-1)


def collect(env, policy, steps, generator=None):
    episodes = []
    while sum(map(len, episodes)) < steps and env.steps_left > 0:
        episodes.append(play(env, policy, generator))
    rows = [row for episode in episodes for row in episode]
    return (
        torch.stack([torch.as_tensor(row[0]) for row in rows]),
        torch.stack([row[1] for row in rows]),
        torch.tensor([row[2] for row in rows]).float(),
        torch.tensor([row[3] for row in rows]),
    )


def play(env, policy, generator):
    episode = []
    observation, _ = env.reset()
    while True:
        action = sample_actions(policy(torch.as_tensor(observation)).detach(), generator)
        new_observation, reward, terminated, truncated, _ = env.step(action.item())
        done = terminated or truncated or env.steps_left == 0
        episode.append([observation, action, reward, done])
        if done:
            return episode
        observation = new_observation


class Standard:
    def __init__(self, numbers):
        self.mean = numbers.mean()
        self.spread = torch.sqrt(((numbers - self.mean) ** 2).mean())

    def __call__(self, numbers):
        return (numbers - self.mean) / (self.spread + 1e-8)


@torch.no_grad()
def advantages(to_go, values=None, normalise=True):
    better = to_go - torch.mean(to_go) if values is None else to_go - values
    return Standard(better)(better) if normalise else better


def policy_loss(logits, actions, advantage):
    constants = advantage.detach().clone()
    return (-Categorical(logits=logits).log_prob(actions) * constants).sum() / len(actions)


def train(env, steps=200, gamma=0.97, lr=0.03):
    actor = Policy(len(env.observation_space.low), env.action_space.n)
    opt = torch.optim.Adam(actor.parameters(), lr=lr)
    every = [copy.deepcopy(actor)]
    while env.steps_left > 0:
        observations, actions, rewards, ends = collect(env, actor, steps)
        weights = advantages(rewards_to_go(rewards, ends, gamma), normalise=True)
        loss = policy_loss(actor(observations), actions, weights)
        actor.zero_grad()
        loss.backward()
        opt.step()
        every.append(copy.deepcopy(actor))
    return every[-16:] if len(every) > 16 else every
