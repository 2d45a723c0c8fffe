"""Policy gradient: play, see which actions turned out better than expected, and make those more probable."""

import copy

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Budget(gymnasium.Wrapper):
    """Count the steps of an environment: `steps_left` of them may still be made. The environments of the tests count alike."""

    def __init__(self, env: gymnasium.Env, steps: int) -> None:
        gymnasium.Wrapper.__init__(self, env)
        self.steps_left = steps

    def step(self, action: int) -> tuple:
        """Make one step, if the budget has one left."""
        if self.steps_left == 0:
            raise RuntimeError("The training budget is spent.")
        self.steps_left -= 1
        return self.env.step(action)


class Policy(nn.Module):
    """The actor: a small network that gives each action of an environment a score for what is observed."""

    def __init__(self, width: int, actions: int) -> None:
        """width: how many numbers an observation has; actions: how many there are to choose from."""
        nn.Module.__init__(self)
        self.hidden, self.scores = nn.Linear(width, 32), nn.Linear(32, actions)

    def forward(self, observations: Tensor) -> Tensor:
        """Return the logits (..., actions) of observations (..., width) float32."""
        return self.scores(self.hidden(observations).tanh())

    def act(self, observations: np.ndarray) -> Tensor:
        """Return the most probable action (...) int64 for observations (..., width): for evaluation, not for training."""
        with torch.no_grad():
            return self(torch.as_tensor(observations)).argmax(-1)


def rewards_to_go(rewards: Tensor, ends: Tensor, gamma: float) -> Tensor:
    """Add up, for each step, the rewards from there to the end of its episode, later ones discounted.

    rewards: (steps,) floating point, whole episodes one behind the other
    ends: (steps,) bool, True at the last step of each episode; the last of all is True

    Return (steps,) of the same dtype: entry t is the sum of gamma^(k - t) * rewards[k] over all k >= t of the same episode.
    """
    to_go, later = [], 0.0
    for reward, is_last in zip(reversed(rewards.tolist()), reversed(ends.tolist()), strict=True):
        later = reward + (0.0 if is_last else gamma * later)
        to_go.append(later)
    return torch.tensor(to_go[::-1], dtype=rewards.dtype)


def sample_actions(logits: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw an action from the softmax of each row of logits.

    logits: (..., actions), of any size; generator: where all randomness comes from, as in torch.multinomial; None: torch's own

    Return int64 (...). No gradient is wanted here.
    """
    # Of exponential clocks with these rates, each is the first to ring as often as its share of the rates.
    clocks = torch.empty_like(logits).exponential_(generator=generator)
    return (logits.softmax(-1) / clocks).argmax(-1)


def collect(env: gymnasium.Env, policy: nn.Module, steps: int, generator: torch.Generator | None = None) -> tuple[Tensor, ...]:
    """Play whole episodes with sampled actions until at least `steps` steps are made, or until `env.steps_left` is 0.

    env: like Gymnasium's, with `steps_left`, which is at least 1; policy: maps one observation (width,) float32 to logits (actions,)

    Return `(observations, actions, rewards, ends)`, one row for each step: float32 (n, width), what was seen *before* the action;
    int64 (n,); float32 (n,); bool (n,), True where an episode was over: terminated, truncated, or cut off by the end of the budget.
    """
    rows, over = [], True
    while env.steps_left and (len(rows) < steps or not over):
        if over:
            observation, _ = env.reset()
        with torch.no_grad():
            action = int(sample_actions(policy(torch.as_tensor(observation)), generator))
        following, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated or env.steps_left == 0
        rows.append((observation, action, reward, over))
        observation = following
    observations, actions, rewards, ends = zip(*rows, strict=True)
    return torch.from_numpy(np.stack(observations)), torch.tensor(actions), torch.tensor(rewards, dtype=torch.float32), torch.tensor(ends)


def advantages(to_go: Tensor, values: Tensor | None = None, normalise: bool = True) -> Tensor:
    """Say how much better than expected each step turned out.

    to_go: (steps,) rewards-to-go
    values: (steps,), what a learned baseline expects at each step; None: the baseline is the mean of `to_go`
    normalise: finally subtract the mean of the batch and divide by its standard deviation + 1e-8 (the sum of squares over `steps`)

    Return (steps,), constants: no gradient flows through them.
    """
    advantage = (to_go - (to_go.mean() if values is None else values)).detach()
    if normalise:
        advantage = (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)
    return advantage


def policy_loss(logits: Tensor, actions: Tensor, advantage: Tensor) -> Tensor:
    """Return the number whose gradient is minus the REINFORCE estimate (Williams 1992): - mean of advantage * log probability.

    logits: (steps, actions); actions: (steps,) int64, those that were played; advantage: (steps,), constants
    """
    log_probs = F.log_softmax(logits, 1)[torch.arange(len(actions)), actions]
    return -(log_probs * advantage.detach()).mean()


def train(env: gymnasium.Env, steps: int = 200, gamma: float = 0.97, lr: float = 0.03) -> list[Policy]:
    """Train a `Policy` by REINFORCE until the budget of `env` is spent, each update on episodes that are played for it.

    env: like Gymnasium's, with `steps_left`; observations (width,) float32, actions 0, 1, …
    steps: how many an update needs; lr: of torch.optim.Adam

    Return 2 to 20 policies, copies of the one that is trained as it was at different times, the last one at the end. The best counts.
    """
    policy = Policy(env.observation_space.shape[0], int(env.action_space.n))
    optimiser = torch.optim.Adam(policy.parameters(), lr)
    budget, snapshots = env.steps_left, [copy.deepcopy(policy)]
    while env.steps_left:
        observations, actions, rewards, ends = collect(env, policy, steps)
        advantage = advantages(rewards_to_go(rewards, ends, gamma))
        optimiser.zero_grad()
        policy_loss(policy(observations), actions, advantage).backward()
        optimiser.step()
        if env.steps_left <= budget * (1 - len(snapshots) / 10):  # at each tenth of the budget
            snapshots.append(copy.deepcopy(policy))
    return snapshots
