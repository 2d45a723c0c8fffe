"""Checks tell how near they came to their thresholds, to who records."""

import math

import numpy as np
import pytest
import torch

from grader import checks
from grader.margins import MOST, note, note_run, recording
from grader.result import Failure


def test_nothing_is_kept_where_nobody_records():
    """A grading costs nothing for it, and a later recording does not see it."""
    note("values", 1, 2)
    with recording() as margins:
        pass
    assert margins.used == {}


def test_the_largest_share_is_kept_by_kind():
    """Of each kind of threshold the nearest."""
    with recording() as margins:
        note("values", 1, 4)
        note("values", 3, 4)
        note("values", 2, 4)
        note("speed", 1, 2)
    assert margins.used == {"values": 0.75, "speed": 0.5}


@pytest.mark.parametrize(("found", "allowed", "used"), [(0, 0, 0), (1, 0, MOST), (math.nan, 1, MOST), (math.inf, 1, MOST)])
def test_what_is_no_share_is_a_number_all_the_same(found, allowed, used):
    """JSON has neither infinity nor NaN."""
    with recording() as margins:
        note("values", found, allowed)
        note_run("train", found / allowed if allowed else math.nan)
    assert margins.used == {"values": used}
    assert all(math.isfinite(number) for number in margins.runs["train"])


def test_close_tells_its_largest_error():
    """In float64 a billionth of the largest entry is allowed."""
    expected = torch.tensor([1.0, -2.0], dtype=torch.float64)
    with recording() as margins:
        checks.close(expected + torch.tensor([5e-10, 0], dtype=torch.float64), expected)
    assert margins.used["values"] == pytest.approx(0.25, rel=1e-3)


def test_a_failure_is_told_too():
    """More than 1 is beyond the threshold; an infinity that is expected is no error."""
    with recording() as margins, pytest.raises(Failure):
        checks.close(2.0, 1.0)
    assert margins.used["values"] > 1
    with recording() as margins:
        checks.close(torch.tensor([math.inf, 1.0]), torch.tensor([math.inf, 1.0]))
    assert margins.used == {"values": 0.0}


def test_laws_and_slopes_have_kinds_of_their_own():
    """A property and a numeric gradient."""

    def probe(_, upstream, x):
        leaf = x.requires_grad_()
        out = leaf**2
        return out, [] if upstream is None else torch.autograd.grad(out, [leaf], upstream)

    with recording() as margins:
        x = torch.arange(5, dtype=torch.float64)
        checks.equivariant(lambda x: x * 2, x, axis=0, rng=np.random.default_rng(1))
        checks.gradients(probe, None, {"x": x}, rng=np.random.default_rng(1))
    assert set(margins.used) == {"laws", "slopes"}
    assert 0 < margins.used["slopes"] < 0.5
