"""Actor-critic: a critic predicts the return, and the actor learns from how far each step exceeds the prediction."""

import copy
import math
from collections.abc import Callable
from typing import NamedTuple

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Rollout(NamedTuple):
    """What several copies of an environment went through: row t holds step t of each copy.

    observations: (steps, copies, d_obs) float32, what the actor saw
    actions: (steps, copies) int64, what it did
    rewards: (steps, copies) float32
    terminated, truncated: (steps, copies) bool, how the episode ended in this step, if it did
    next_observations: (steps, copies, d_obs) float32, where the step led; at the end of an episode its last observation
    real: (steps, copies) bool, False where nothing was played because the call of `step` only began an episode
    """

    observations: Tensor
    actions: Tensor
    rewards: Tensor
    terminated: Tensor
    truncated: Tensor
    next_observations: Tensor
    real: Tensor


class ActorCritic(nn.Module):
    """Hold two networks, the actor with one logit for each action and the critic with one number."""

    def __init__(self, d_obs: int, actions: int, width: int = 64) -> None:
        """Make both with two hidden layers of `width`; the actor begins nearly indifferent."""
        nn.Module.__init__(self)
        self.actor, self.critic = (
            nn.Sequential(nn.Linear(d_obs, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, outputs))
            for outputs in (actions, 1)
        )
        self.actor[-1].weight.data *= 0.01

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits (..., actions) and the values (...) of observations (..., d_obs)."""
        return self.actor(observations), self.critic(observations).squeeze(-1)

    @torch.no_grad()
    def sample(self, observations: Tensor) -> Tensor:
        """Draw one action for each row of observations (copies, d_obs)."""
        return torch.multinomial(self.actor(observations).softmax(-1), 1).squeeze(-1)

    @torch.no_grad()
    def best(self, observations: np.ndarray) -> Tensor:
        """Return the most probable action of each row of observations (copies, d_obs): an agent."""
        return self.actor(torch.as_tensor(observations)).argmax(-1)


def td_errors(rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    """Say by how much each step turned out better than the critic had predicted.

    rewards, values, next_values: (...), of the step, of the observation before it and of the one it led to
    terminated: (...) bool, True where nothing follows the step; an episode that was only cut off (truncated) goes on

    Return (...) of the same dtype: r + gamma * V(s') - V(s), without V(s') where the step terminated.
    """
    return rewards + gamma * next_values.masked_fill(terminated, 0) - values


def n_step_returns(rewards: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, gamma: float, n: int) -> Tensor:
    """Look n steps ahead: the rewards of at most n steps, and the critic's value of where they led.

    rewards, next_values: (steps, ...), row t of `next_values` is the value of the observation that step t led to
    terminated, truncated: (steps, ...) bool; n: at least 1

    Return (steps, ...): r_t + gamma r_(t+1) + ... + gamma^(k-1) r_(t+k-1) + gamma^k V, where V is the value of what the last
    of these steps led to, 0 if that step terminated. k is n, or smaller where the episode or the last row ends the sum earlier.
    """
    bootstrap = next_values.masked_fill(terminated, 0)
    stops = terminated | truncated
    stops[-1] = True
    returns = rewards + gamma * bootstrap
    for _ in range(min(n, len(rewards)) - 1):
        returns = rewards + gamma * torch.where(stops, bootstrap, returns.roll(-1, 0))
    return returns


def gae(rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, gamma: float, lam: float) -> Tensor:
    """Estimate the advantage of each step by adding up the TD errors that follow it (Schulman et al. 2016, equation 16).

    rewards, values, next_values: (steps, ...); terminated, truncated: (steps, ...) bool

    Return (steps, ...): the sum over k of (gamma lam)^k delta_(t+k), up to the end of the episode or the last row.
    """
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    ended = terminated | truncated
    advantages, running = torch.empty_like(deltas), torch.zeros_like(deltas[0])
    for t in reversed(range(len(deltas))):
        advantages[t] = running = deltas[t] + gamma * lam * running.masked_fill(ended[t], 0)
    return advantages


def collect(
    env: gymnasium.vector.VectorEnv, act: Callable[[Tensor], Tensor], steps: int, start: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[Rollout, tuple[np.ndarray, np.ndarray]]:
    """Let `act` play `steps` calls of `env.step`, in either of Gymnasium's autoreset modes.

    env: `env.metadata["autoreset_mode"]` is `gymnasium.vector.AutoresetMode.NEXT_STEP` or `.SAME_STEP`
    act: maps observations (copies, d_obs) float32 to actions (copies,) int64
    start: what the call before returned, to go on where it stopped; None resets the environment

    Return `(rollout, start)`. start: the current observations (copies, d_obs) and, for each copy, whether its next step
    only begins an episode (copies,) bool.
    """
    observations, begins = start or (env.reset()[0], np.zeros(env.num_envs, bool))
    waits = env.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    rows = []
    for _ in range(steps):
        actions = act(torch.as_tensor(observations))
        following, rewards, terminated, truncated, info = env.step(actions.numpy())
        ended, reached = terminated | truncated, following.copy()
        for copy_ in np.flatnonzero(ended & (not waits)):
            reached[copy_] = info["final_obs"][copy_]
        rows.append((observations, actions, rewards.astype(np.float32), terminated, truncated, reached, ~begins))
        observations, begins = following, ended & waits
    return Rollout(*(torch.as_tensor(np.stack(column)) for column in zip(*rows, strict=True))), (observations, begins)


def entropy(logits: Tensor) -> Tensor:
    """Measure how undecided a policy is: minus the sum of p log p, in nats.

    logits: (..., actions), of any size; minus infinity for an action that is not allowed, which adds nothing

    Return (...). The gradient is finite too, and 0 for a logit of minus infinity.
    """
    log_probs = logits.log_softmax(-1)
    return -(log_probs.exp() * log_probs.masked_fill(log_probs == -math.inf, 0)).sum(-1)


def actor_critic_loss(
    logits: Tensor,
    values: Tensor,
    actions: Tensor,
    advantages: Tensor,
    returns: Tensor,
    old_log_probs: Tensor | None = None,
    clip: float = 0.2,
    value_weight: float = 0.5,
    entropy_weight: float = 0.01,
) -> Tensor:
    """Say what the actor and the critic should minimise together: -gain + value_weight * error - entropy_weight * entropy.

    logits: (batch, actions), values: (batch,), both to be learned
    actions: (batch,) int64; advantages, returns, old_log_probs: (batch,), constants whatever they were made of

    gain, without `old_log_probs` (A2C): the mean of log pi(action) * advantage.
    gain, with them (PPO, Schulman et al. 2017, equation 7): the mean of the smaller of ratio * advantage and
    ratio clipped to [1 - clip, 1 + clip] * advantage, where ratio = pi(action) / old pi(action).
    error: the mean of (value - return)^2; entropy: its mean over the batch.

    Return a tensor without axes. Nothing is normalised here.
    """
    log_probs = logits.log_softmax(1)[torch.arange(len(actions)), actions]
    advantages = advantages.detach()
    if old_log_probs is None:
        gain = log_probs * advantages
    else:
        ratio = (log_probs - old_log_probs.detach()).exp()
        gain = torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)
    return -gain.mean() + value_weight * F.mse_loss(values, returns.detach()) - entropy_weight * entropy(logits).mean()


def train(env: gymnasium.vector.VectorEnv) -> list[Callable[[np.ndarray], Tensor]]:
    """Learn to act within `env.steps_left` steps, by PPO or A2C.

    env: observations (copies, d_obs) float32, discrete actions from 0 on, either autoreset mode. Each copy that really steps uses
    up one of `steps_left`; a call of `step` that the budget does not hold for all copies raises. The smallest budget is
    2,048 steps of 8 copies.

    Return at most 20 agents, the latest last; the best is graded. An agent maps observations (any number, d_obs) to actions.
    """
    model = ActorCritic(env.single_observation_space.shape[0], int(env.single_action_space.n))
    optimiser = torch.optim.Adam(model.parameters(), eps=1e-5)
    budget, start, agents = env.steps_left, None, []
    while env.steps_left >= 64 * env.num_envs:
        optimiser.param_groups[0]["lr"] = 5e-3 * env.steps_left / budget
        rollout, start = collect(env, model.sample, 64, start)
        with torch.no_grad():
            logits, values = model(rollout.observations)
            next_values = model(rollout.next_observations)[1]
            old = logits.log_softmax(-1).gather(-1, rollout.actions[..., None]).squeeze(-1)
        advantages = gae(rollout.rewards, values, next_values, rollout.terminated, rollout.truncated, 0.99, 0.95)
        batch = (rollout.observations, rollout.actions, advantages, advantages + values, old)
        batch = [column[rollout.real] for column in batch]
        for rows in (rows for _ in range(6) for rows in torch.randperm(len(batch[0])).chunk(2)):
            x, actions, gains, returns, before = (column[rows] for column in batch)
            gains = (gains - gains.mean()) / (gains.std() + 1e-8)
            optimiser.zero_grad()
            actor_critic_loss(*model(x), actions, gains, returns, before).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimiser.step()
        agents.append(copy.deepcopy(model).best)
    return agents[-3:]
