"""Turns what a test wants to say into one word: `checks.close`, `checks.gradients`, `checks.causal`."""

from grader.checks.chance import expectation, frequencies, mean_near
from grader.checks.clocks import Timing, speed
from grader.checks.gradients import gradients, gradients_like
from grader.checks.growth import Growth, growth
from grader.checks.hygiene import apart, global_rng_kept, precision_kept
from grader.checks.levels import levels, miss_bound, study
from grader.checks.memory import Memory, peak_memory
from grader.checks.operations import flops
from grader.checks.properties import arguments_kept, causal, equivariant, independent, invariant, seen, shuffled, unseen
from grader.checks.rollouts import Rollout, best_return, rollout
from grader.checks.training import Training, training
from grader.checks.trajectories import trajectory
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
    "apart",
    "arguments_kept",
    "best_return",
    "causal",
    "close",
    "equal",
    "equivariant",
    "expectation",
    "flops",
    "frequencies",
    "global_rng_kept",
    "gradients",
    "gradients_like",
    "growth",
    "independent",
    "invariant",
    "levels",
    "masked",
    "mean_near",
    "miss_bound",
    "peak_memory",
    "plain",
    "precision_kept",
    "rollout",
    "seen",
    "shape",
    "shuffled",
    "speed",
    "study",
    "that",
    "training",
    "trajectory",
    "unpack",
    "unseen",
]
