"""At which step `checks.trajectory` sees a rule leave its course."""

import pytest
import torch

from grader import checks
from grader.result import Failure

START = (torch.tensor([1.0, -2.0], dtype=torch.float64), torch.zeros(2, dtype=torch.float64))


def momentum(w, v):
    """Return the next point and the next velocity of a ball in a bowl."""
    v = 0.9 * v - 0.1 * w
    return w + v, v


def forgetful(w, v):
    """Begin without any velocity in each step: the first one is right."""
    return momentum(w, torch.zeros_like(v))


def followed(step):
    checks.trajectory(step, momentum, START, steps=5, names=("The point", "The velocity"))


def test_the_same_rule_passes():
    """Also written in another way."""
    followed(lambda w, v: [w + (0.9 * v - 0.1 * w), 0.9 * v - 0.1 * w])


def test_what_is_forgotten_shows_at_the_second_step():
    """And the message says that the first was right."""
    with pytest.raises(Failure, match=r"The point after step 2 is wrong\. The first step was right\."):
        followed(forgetful)


def test_a_wrong_first_step_is_named_alone():
    """Nothing was right before it."""
    with pytest.raises(Failure, match=r"^The point after step 1 is wrong\.\n"):
        followed(lambda w, v: momentum(w, v + 1))
    with pytest.raises(Failure, match="wrong number of values"):
        followed(lambda w, v: (w,))
