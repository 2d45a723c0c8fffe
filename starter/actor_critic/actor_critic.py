"""Actor-critic: a critic predicts the return, and the actor learns from how far each step exceeds the prediction."""

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
    raise NotImplementedError("td_errors is yours to write")


def n_step_returns(rewards: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, gamma: float, n: int) -> Tensor:
    """Look n steps ahead: the rewards of at most n steps, and the critic's value of where they led.

    rewards, next_values: (steps, ...), row t of `next_values` is the value of the observation that step t led to
    terminated, truncated: (steps, ...) bool; n: at least 1

    Return (steps, ...): r_t + gamma r_(t+1) + ... + gamma^(k-1) r_(t+k-1) + gamma^k V, where V is the value of what the last
    of these steps led to, 0 if that step terminated. k is n, or smaller where the episode or the last row ends the sum earlier.
    """
    raise NotImplementedError("n_step_returns is yours to write")


def gae(rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, gamma: float, lam: float) -> Tensor:
    """Estimate the advantage of each step by adding up the TD errors that follow it (Schulman et al. 2016, equation 16).

    rewards, values, next_values: (steps, ...); terminated, truncated: (steps, ...) bool

    Return (steps, ...): the sum over k of (gamma lam)^k delta_(t+k), up to the end of the episode or the last row.
    """
    raise NotImplementedError("gae is yours to write")


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
    raise NotImplementedError("collect is yours to write")


def entropy(logits: Tensor) -> Tensor:
    """Measure how undecided a policy is: minus the sum of p log p, in nats.

    logits: (..., actions), of any size; minus infinity for an action that is not allowed, which adds nothing

    Return (...). The gradient is finite too, and 0 for a logit of minus infinity.
    """
    raise NotImplementedError("entropy is yours to write")


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
    raise NotImplementedError("actor_critic_loss is yours to write")


def train(env: gymnasium.vector.VectorEnv) -> list[Callable[[np.ndarray], Tensor]]:
    """Learn to act within `env.steps_left` steps, by PPO or A2C.

    env: observations (copies, d_obs) float32, discrete actions from 0 on, either autoreset mode. Each copy that really steps uses
    up one of `steps_left`; a call of `step` that the budget does not hold for all copies raises. The smallest budget is
    2,048 steps of 8 copies.

    Return at most 20 agents, the latest last; the best is graded. An agent maps observations (any number, d_obs) to actions.
    """
    raise NotImplementedError("train is yours to write")
