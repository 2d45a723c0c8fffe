"""Turns what a test wants to say into one word: `checks.close`, `checks.gradients`, `checks.causal`."""

from grader.checks.clocks import Timing, speed
from grader.checks.gradients import gradients, gradients_like
from grader.checks.properties import arguments_kept, causal, equivariant, independent, invariant, seen, shuffled, unseen
from grader.checks.values import close, equal, shape, that, unpack

__all__ = [
    "Timing",
    "arguments_kept",
    "causal",
    "close",
    "equal",
    "equivariant",
    "gradients",
    "gradients_like",
    "independent",
    "invariant",
    "seen",
    "shape",
    "shuffled",
    "speed",
    "that",
    "unpack",
    "unseen",
]
