"""Turns what a test wants to say into one word: `checks.close`, `checks.gradients`, `checks.causal`."""

from grader.checks.clocks import Timing, speed
from grader.checks.gradients import gradients, gradients_like
from grader.checks.growth import Growth, growth
from grader.checks.levels import levels, miss_bound, study
from grader.checks.memory import Memory, peak_memory
from grader.checks.properties import arguments_kept, causal, equivariant, independent, invariant, seen, shuffled, unseen
from grader.checks.rollouts import Rollout, best_return, rollout
from grader.checks.training import Training, training
from grader.checks.values import close, equal, shape, that, unpack
from grader.checks.views import View, masked, plain
from grader.task import LEVELS

__all__ = [
    "LEVELS",
    "Growth",
    "Memory",
    "Rollout",
    "Timing",
    "Training",
    "View",
    "arguments_kept",
    "best_return",
    "causal",
    "close",
    "equal",
    "equivariant",
    "gradients",
    "gradients_like",
    "growth",
    "independent",
    "invariant",
    "levels",
    "masked",
    "miss_bound",
    "peak_memory",
    "plain",
    "rollout",
    "seen",
    "shape",
    "shuffled",
    "speed",
    "study",
    "that",
    "training",
    "unpack",
    "unseen",
]
