"""Counted operations are what the formula says, are told as advice on a student's machine, and decide nothing in grading."""

import pytest
import torch

from grader import checks
from grader.errors import CourseError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox.backend import choose
from grader.sandbox.box import Box
from grader.sandbox.inproc import InProcess
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student

TEXT = """
import torch


def scores(q, k):
    return q @ k.T


def scores_twice(q, k):
    return (q @ k.T + q @ k.T) / 2


def scores_by_elements(q, k):
    return (q[:, None] * k).sum(-1)


def lies(q, k):
    torch.utils.flop_counter.FlopCounterMode.get_total_flops = lambda self: 0
    return q @ k.T
"""
N, M, D = 5, 7, 3
NEEDED = 2 * N * M * D


@pytest.fixture
def student():
    """Code that runs in this process, as on a student's own machine."""
    return Student(InProcess("toy", TEXT))


def arguments():
    return torch.rand(N, D), torch.rand(M, D)


def test_the_count_is_the_formulas(student):
    """Two for each product and sum of a product of matrices, and nothing element by element."""
    assert checks.flops(student.scores, arguments(), at_most=NEEDED) == NEEDED
    assert checks.flops(student.scores_by_elements, arguments(), at_most=NEEDED) == 0


def test_too_much_work_is_told(student):
    """With both numbers, and that it is no mark."""
    with pytest.raises(Failure) as told:
        checks.flops(student.scores_twice, arguments(), at_most=1.5 * NEEDED, hint=2)
    assert told.value.verdict is Verdict.TIMEOUT
    assert f"{2 * NEEDED} floating-point operations" in told.value.message
    assert f"{1.5 * NEEDED:.0f} are enough" in told.value.message
    assert "advice" in told.value.message
    assert told.value.hint == 2


def test_large_counts_stay_readable(student):
    """Nobody reads eleven digits."""
    given = torch.rand(1000, 100), torch.rand(1000, 100)
    with pytest.raises(Failure, match=r"4e\+08 floating-point operations in this call, where 12,345 are"):
        checks.flops(student.scores_twice, given, at_most=12_345)


@pytest.mark.parametrize("at_most", [0, -1, float("inf"), float("nan")])
def test_a_limit_that_says_nothing_is_the_authors_fault(student, at_most):
    """Before anything is called."""
    with pytest.raises(CourseError, match="expected a number above 0"):
        checks.flops(student.scores, arguments(), at_most=at_most)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scores_twice", "lies", "absent"])
def test_in_grading_nothing_is_asked(name):
    """A count from the worker could be forged, so it is not even made."""
    load = {"op": "load", "name": "toy", "module": TEXT, "given": None}
    with Box(choose(), hidden=[]) as box:
        worker = Worker(box, load, task=None, limits=Limits(), tests=1)
        try:
            worker.begin(1)
            assert checks.flops(getattr(Student(worker), name), arguments(), at_most=1) is None
        finally:
            worker.close()
