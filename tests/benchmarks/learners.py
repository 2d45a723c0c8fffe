"""What students would hand in for the reinforcement-learning topics: compact learners that know nothing but the environment's interface."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SNAPSHOTS = 10
GAMMA = 0.99


class Greedy:
    """An agent for batches of observations: the best action of a network's scores."""

    def __init__(self, net):
        self.net = copy.deepcopy(net)

    def __call__(self, observations):
        with torch.no_grad():
            return self.net(torch.as_tensor(observations)).argmax(-1)


class Fixed:
    """A controller written by hand: 3·angle + angular velocity, of places and signs that may be guessed."""

    def __init__(self, places=(2, 3), signs=(1, 1), flip=0):
        self.places, self.signs, self.flip = list(places), np.array(signs, np.float32), flip

    def __call__(self, observations):
        angle, velocity = (observations[:, self.places] * self.signs).T
        return ((3 * angle + velocity > 0) ^ self.flip).astype(np.int64)


def network(env, outputs):
    space = env.single_observation_space if hasattr(env, "num_envs") else env.observation_space
    return nn.Sequential(nn.Linear(space.shape[0], 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs))


def weights(net):
    """Return a network's layers as arrays: for single observations NumPy is several times faster than torch."""
    return [(layer.weight.detach().numpy().T.copy(), layer.bias.detach().numpy().copy()) for layer in net if isinstance(layer, nn.Linear)]


def sample(layers, observation):
    x = observation
    for weight, bias in layers[:-1]:
        x = np.tanh(x @ weight + bias)
    logits = x @ layers[-1][0] + layers[-1][1]
    p = np.exp(logits - logits.max())
    return int(np.random.random() * p.sum() > p[0])  # CartPole has two actions


def reinforce(env, baseline=False, lr=5e-3, batch=1000):
    policy, value = network(env, 2), network(env, 1)
    optimiser = torch.optim.Adam(policy.parameters(), lr)
    value_optimiser = torch.optim.Adam(value.parameters(), 1e-2)
    snapshots, total = [], env.steps_left
    while env.steps_left:
        observations, actions, returns = episodes(env, weights(policy), batch)
        if not len(returns):
            break
        advantage = returns
        if baseline:
            advantage = returns - value(observations)[:, 0].detach()
            scaled = (returns - returns.mean()) / (returns.std() + 1e-8)
            for _ in range(5):
                value_optimiser.zero_grad()
                F.mse_loss(value(observations)[:, 0], returns).backward()
                value_optimiser.step()
            advantage = advantage if len(snapshots) > 1 else scaled  # until the value has been fitted a little
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        optimiser.zero_grad()
        (F.cross_entropy(policy(observations), actions, reduction="none") * advantage).mean().backward()
        optimiser.step()
        keep(snapshots, policy, total, env.steps_left)
    return snapshots


def reinforce_with_baseline(env):
    return reinforce(env, baseline=True)


def episodes(env, layers, batch):
    """Return whole episodes of at least `batch` steps; what the end of the budget cut off is left out."""
    observations, actions, returns = [], [], []
    while len(returns) < batch and env.steps_left:
        observation, over, rewards, first = env.reset()[0], False, [], len(actions)
        while not over and env.steps_left:
            action = sample(layers, observation)
            observations.append(observation)
            actions.append(action)
            observation, reward, terminated, truncated, _ = env.step(action)
            rewards.append(reward)
            over = terminated or truncated
        if not over:
            del observations[first:], actions[first:]
            break
        returns += discounted(rewards)
    return torch.tensor(np.array(observations)), torch.tensor(actions), torch.tensor(returns, dtype=torch.float32)


def discounted(rewards):
    sums, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + GAMMA * total
        sums.append(total)
    return sums[::-1]


def a2c(env):
    return actor_critic(env, steps=64, lr=5e-3, epochs=1, minibatches=1, clip=None)


def ppo(env):
    return actor_critic(env, steps=128, lr=2.5e-3, epochs=4, minibatches=4, clip=0.2)


def actor_critic(env, steps, lr, epochs, minibatches, clip, lam=0.95):
    actor, critic = network(env, 2), network(env, 1)
    parameters = [*actor.parameters(), *critic.parameters()]
    optimiser = torch.optim.Adam(parameters, lr, eps=1e-5)
    snapshots, total = [], env.steps_left
    observation = env.reset()[0]
    while env.steps_left >= steps * env.num_envs:
        for group in optimiser.param_groups:
            group["lr"] = lr * env.steps_left / total if clip else lr
        rows, observation = collect(env, actor, critic, observation, steps)
        observations, actions, old, advantage, returns = targets(rows, critic, observation, lam)
        for _ in range(epochs):
            for chosen in torch.randperm(len(actions)).chunk(minibatches):
                log_prob = F.log_softmax(actor(observations[chosen]), -1)
                taken = log_prob.gather(-1, actions[chosen, None])[:, 0]
                weight = (advantage[chosen] - advantage[chosen].mean()) / (advantage[chosen].std() + 1e-8)
                gain = taken * weight
                if clip:
                    ratio = (taken - old[chosen]).exp()
                    gain = torch.minimum(ratio * weight, ratio.clamp(1 - clip, 1 + clip) * weight)
                entropy = -(log_prob.exp() * log_prob).sum(-1).mean()
                loss = -gain.mean() + 0.5 * F.mse_loss(critic(observations[chosen])[:, 0], returns[chosen]) - 0.01 * entropy
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, 0.5)
                optimiser.step()
        keep(snapshots, actor, total, env.steps_left)
    return snapshots


def collect(env, actor, critic, observation, steps):
    rows = []
    for _ in range(steps):
        with torch.no_grad():
            log_prob = F.log_softmax(actor(torch.as_tensor(observation)), -1)
        action = torch.multinomial(log_prob.exp(), 1)[:, 0]
        following, reward, terminated, truncated, info = env.step(action)
        last = following.copy()
        for place in np.flatnonzero(info.get("_final_obs", [])):
            last[place] = info["final_obs"][place]
        rows.append((observation, action, log_prob.gather(-1, action[:, None])[:, 0], reward, terminated, terminated | truncated, last))
        observation = following
    return rows, observation


def targets(rows, critic, _, lam):
    observations, actions, log_probs, rewards, terminated, ended, last = (
        torch.stack([torch.as_tensor(x) for x in column]) for column in zip(*rows, strict=False)
    )
    with torch.no_grad():
        value, following = critic(observations)[..., 0], critic(last)[..., 0]
    delta = rewards.float() + GAMMA * following * (~terminated) - value
    advantage, running = torch.zeros_like(delta), torch.zeros(delta.shape[1])
    for t in reversed(range(len(rows))):
        advantage[t] = running = delta[t] + GAMMA * lam * (~ended[t]) * running
    return observations.flatten(0, 1), actions.flatten(), log_probs.flatten(), advantage.flatten(), (advantage + value).flatten()


def dqn(env, lr=1e-3, batch=128, updates=2):
    """Double DQN with a softly updated target network, `updates` gradient steps for each step of all copies."""
    online = network(env, 2)
    target = copy.deepcopy(online)
    optimiser = torch.optim.Adam(online.parameters(), lr)
    total, size, snapshots = env.steps_left, 0, []
    width = env.single_observation_space.shape[0]
    seen, after = torch.zeros(total, width), torch.zeros(total, width)
    acted, rewarded, ended = torch.zeros(total, dtype=torch.long), torch.zeros(total), torch.zeros(total)
    observation = env.reset()[0]
    while env.steps_left >= env.num_envs:
        epsilon = max(0.04, 1 - (total - env.steps_left) / (0.4 * total))
        with torch.no_grad():
            action = online(torch.as_tensor(observation)).argmax(-1).numpy()
        random = np.random.random(len(action)) < epsilon
        action = np.where(random, np.random.randint(2, size=len(action)), action)
        following, reward, terminated, _, info = env.step(action)
        last = following.copy()
        for place in np.flatnonzero(info.get("_final_obs", [])):
            last[place] = info["final_obs"][place]
        now = slice(size, size + len(action))
        seen[now], after[now] = torch.as_tensor(observation), torch.as_tensor(last)
        acted[now], rewarded[now], ended[now] = map(torch.as_tensor, (action, reward, terminated))
        observation, size = following, size + len(action)
        for _ in range(updates if size > 1000 else 0):
            i = torch.randint(size, (batch,))
            with torch.no_grad():
                best = online(after[i]).argmax(-1, keepdim=True)
                goal = rewarded[i] + GAMMA * (1 - ended[i]) * target(after[i]).gather(-1, best)[:, 0]
            optimiser.zero_grad()
            F.smooth_l1_loss(online(seen[i]).gather(-1, acted[i, None])[:, 0], goal).backward()
            optimiser.step()
            with torch.no_grad():
                for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
                    slow.lerp_(fast, 0.01)
        keep(snapshots, online, total, env.steps_left)
    return snapshots


def keep(snapshots, net, total, left):
    """Keep the network at every tenth of the budget, and at its end."""
    if left <= total - (len(snapshots) + 1) * total / SNAPSHOTS or left < total / SNAPSHOTS / 8:
        snapshots.append(Greedy(net))
        del snapshots[:-20]


def known():
    return Fixed()


def search(env):
    """Use the training for nothing but to try how the known controller could fit: every pair of places, signs and order of actions."""
    best, best_length = Fixed(), 0
    for guess in guesses(env.observation_space.shape[0]):
        if not env.steps_left:
            break
        length, worst = 0, 500
        for _ in range(3):
            observation, over, length = env.reset()[0], False, 0
            while not over and env.steps_left:
                observation, _, terminated, truncated, _ = env.step(int(guess(observation[None])[0]))
                length, over = length + 1, terminated or truncated
            worst = min(worst, length)
            if worst <= best_length:
                break
        if worst > best_length:
            best, best_length = guess, worst
        if best_length >= 500:
            break
    return best


def guesses(width):
    pairs = [(a, b) for a in range(width) for b in range(width) if a != b]
    return [Fixed(pair, signs, flip) for pair in pairs for signs in [(1, 1), (1, -1)] for flip in (0, 1)]
