"""Draws how a student's training learns Acrobot, what the student's GAE makes of two ways to end, and what the clip of PPO holds back."""

import gymnasium
import numpy as np
import torch
from matplotlib.figure import Figure

from grader import checks
from grader.plugin import probe

STEPS, COPIES = 20_000, 8
LAMBDAS = (0.0, 0.5, 0.95, 1.0)
GAMMA, ROWS, CUT = 0.99, 24, 11
COLOURS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7")  # told apart by who sees few colours


class Recorded(gymnasium.Wrapper):
    """An environment that writes the return of each episode down, and after how many steps of all copies it ended."""

    def __init__(self, env, log):
        super().__init__(env)
        self.log, self.total = log, 0.0

    def reset(self, **kwargs):
        """Begin an episode, with nothing earned yet."""
        self.total = 0.0
        return self.env.reset(**kwargs)

    def step(self, action):
        """Make one step, and write down what an episode came to."""
        *step, terminated, truncated, info = self.env.step(action)
        self.log["steps"] += 1
        self.total += step[1]
        if terminated or truncated:
            self.log["episodes"].append((self.log["steps"], self.total))
        return *step, terminated, truncated, info


@probe
def gains(student, ratios, advantage):
    """Return what PPO gains by a step of each ratio: minus the loss of a batch of one, without its other terms."""
    logits, zero, action = torch.zeros(1, 2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64), torch.tensor([0])
    found = []
    for ratio in ratios:
        old = torch.log(0.5 / ratio).reshape(1)
        found.append(-student.actor_critic_loss(logits, zero, action, zero + advantage, zero, old, 0.2, 0.0, 0.0))
    return torch.stack(found)


def figure(student) -> Figure:
    """Return a curve of learning, the hills of GAE, and the gain of PPO, side by side."""
    drawing = Figure(figsize=(14, 4.2), layout="constrained")
    left, middle, right = drawing.subplots(1, 3, width_ratios=(1.25, 1.15, 1))
    draw_clip(right, student)
    draw_ends(middle, student)
    draw_learning(left, student)
    return drawing


def draw_learning(axes, student) -> None:
    """Draw the return of each training episode of Acrobot over the steps of all copies."""
    log = {"steps": 0, "episodes": []}
    view = checks.plain(lambda: Recorded(gymnasium.make("Acrobot-v1", disable_env_checker=True), log))
    student.train(checks.training(student, view, steps=STEPS, seeds=np.random.default_rng(1), copies=COPIES))
    steps, returns = np.array(log["episodes"] or [(0, np.nan)]).T
    axes.scatter(steps, returns, s=9, color=COLOURS[0], alpha=0.4, label="one episode")
    if len(returns) >= 10:
        mean = np.convolve(returns, np.ones(10) / 10, "valid")
        axes.plot(steps[9:], mean, color=COLOURS[2], linewidth=2.5, label="mean of ten")
    axes.axhline(-500, color="grey", linestyle=":", label="truncated: never swung up")
    axes.set_title("Acrobot: return of each episode in training")
    axes.set_xlabel("steps of all copies")
    axes.set_ylabel("return")
    axes.legend(loc="lower right", fontsize=8)


def draw_ends(axes, student) -> None:
    """Draw the advantages of two episodes whose values are zero, but for the last observation of each, which is worth 1."""
    rewards, values, next_values = (torch.zeros(ROWS, dtype=torch.float64) for _ in range(3))
    terminated, truncated = torch.zeros(ROWS, dtype=torch.bool), torch.zeros(ROWS, dtype=torch.bool)
    truncated[CUT], terminated[-1] = True, True
    next_values[CUT], next_values[-1], rewards[-1] = 1.0, 1.0, 0.5
    for lam, colour in zip(LAMBDAS, COLOURS, strict=True):
        found = student.gae(rewards[:, None], values[:, None], next_values[:, None], terminated[:, None], truncated[:, None], GAMMA, lam)
        axes.plot(found[:, 0].numpy(), ".-", color=colour, label=f"λ = {lam:g}")
    axes.axvline(CUT + 0.5, color="grey", linestyle=":")
    axes.set_title("GAE: truncated at worth 1, terminated with reward 0.5", fontsize=10.5)
    axes.set_xlabel("step")
    axes.set_ylabel("advantage")
    axes.legend(fontsize=8)


def draw_clip(axes, student) -> None:
    """Draw the gain over the ratio for an action that was good and one that was bad."""
    ratios = torch.linspace(0.4, 1.8, 57, dtype=torch.float64)
    for advantage, colour in ((1.0, COLOURS[1]), (-1.0, COLOURS[3])):
        axes.plot(ratios.numpy(), gains(student, ratios, advantage).numpy(), color=colour, linewidth=2, label=f"advantage {advantage:+g}")
    axes.axvspan(0.8, 1.2, color="grey", alpha=0.15)
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_title("PPO: what a step gains, by its ratio")
    axes.set_xlabel("ratio of new to old probability")
    axes.set_ylabel("gain")
    axes.legend(fontsize=8)
