"""Draws how much a student's gradient estimate scatters, and how well its trainings balance the pole."""

import gymnasium
import numpy as np
import torch
from matplotlib.figure import Figure

from grader import checks
from grader.plugin import probe

# The chain of the public tests: action 1 moves on along the states 0, 1, 2, action 0 leads back to 0.
ACTIONS = torch.cartesian_prod(*[torch.arange(2)] * 3)  # (trajectories, steps)
STATES = torch.stack([torch.zeros(8, dtype=torch.long), ACTIONS[:, 0], ACTIONS[:, 1] * (1 + ACTIONS[:, 0])], dim=1)
PAID = torch.tensor([[3.0, 2.0], [3.0, 3.0], [4.0, 9.0]], dtype=torch.float64)  # for each state, for going back and for moving on
BARS = ("whole return", "reward-to-go", "reward-to-go\nless baseline")
TRAININGS, STEPS, LIMIT, EPISODES = 2, 8000, 200, 5
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#777777"


@probe
def estimates(student, states, actions, rewards):
    """Return the gradients of eight trajectories under a policy that knows nothing, with three kinds of weights."""
    table = torch.zeros(3, 2, dtype=torch.float64)
    ends = torch.arange(rewards.shape[1]) == rewards.shape[1] - 1
    to_go = torch.stack([student.rewards_to_go(row, ends, 1.0) for row in rewards])
    baseline = to_go.mean(0)  # all trajectories are equally probable
    found = []
    for weights in (to_go[:, :1].expand_as(to_go), to_go, to_go - baseline):
        for s, a, w in zip(states, actions, weights, strict=True):
            leaf = table.clone().requires_grad_()
            found.append(torch.autograd.grad(len(a) * student.policy_loss(leaf[s], a, w), leaf)[0])
    return torch.stack(found)


def figure(student) -> Figure:
    """Return the variance of three estimates beside the returns of two trainings on CartPole."""
    found = estimates(student, STATES, ACTIONS, PAID[STATES, ACTIONS]).reshape(len(BARS), 8, -1)
    variance = (found - found.mean(1, keepdim=True)).square().sum(-1).mean(1)
    curves = [balanced(student, number) for number in range(TRAININGS)]
    drawing = Figure(figsize=(12, 4.8), layout="constrained")
    left, right = drawing.subplots(1, 2, width_ratios=(1, 1.4))
    draw_variance(left, variance.tolist())
    draw_curves(right, curves)
    return drawing


def cart_pole() -> gymnasium.Env:
    """Return the environment that a training is shown on."""
    return gymnasium.make("CartPole-v1", max_episode_steps=LIMIT, disable_env_checker=True)


def balanced(student, number: int) -> list[float]:
    """Train on CartPole as it is, and return the mean return of each snapshot."""
    seeds, view = np.random.default_rng(number), checks.plain(cart_pole)
    agents = student.train(checks.training(student, view, steps=STEPS, seeds=seeds))
    return [checks.rollout(agent.act, view, EPISODES, seeds, together=EPISODES).mean for agent in agents]


def draw_variance(axes, variance: list[float]) -> None:
    """Draw one bar for each kind of weights."""
    bars = axes.bar(BARS, variance, color=(GREY, ORANGE, BLUE))
    axes.bar_label(bars, fmt="%.3g", fontsize=10)
    axes.set_title("How much the gradient estimate scatters\n(exactly, over all trajectories of the chain)", fontsize=12)
    axes.set_ylabel("variance of one episode's estimate")


def draw_curves(axes, curves: list[list[float]]) -> None:
    """Draw one line for each training, over the share of its budget."""
    for number, (curve, colour) in enumerate(zip(curves, (BLUE, ORANGE), strict=True), start=1):
        axes.plot(np.linspace(0, STEPS, len(curve)), curve, marker="o", markersize=4, color=colour, label=f"training {number}")
    axes.axhline(LIMIT, color=GREY, linewidth=1.0, linestyle=":")
    axes.set_title("How long the pole stays up, snapshot after snapshot", fontsize=12)
    axes.set_xlabel("steps of training")
    axes.set_ylabel(f"return (greedy, mean of {EPISODES} episodes)")
    axes.set_ylim(0, 1.05 * LIMIT)
    axes.legend(loc="lower right")
