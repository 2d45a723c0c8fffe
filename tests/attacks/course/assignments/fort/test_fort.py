"""Public grader of `fort`."""

import torch

from grader import checks
from grader.plugin import task


@task("double")
class TestDouble:
    def test_two(self, student):
        """One doubled is two."""
        checks.close(student.double(torch.ones(2, 3)), torch.full((2, 3), 2.0))


@task("quadruple")
class TestQuadruple:
    def test_four(self, student):
        """One quadrupled is four."""
        checks.close(student.quadruple(torch.ones(3)), torch.full((3,), 4.0))


@task("Counter.count")
class TestCounter:
    def test_two_counters(self, student):
        """Two counters count apart."""
        one, other = student.Counter(), student.Counter()
        checks.equal(one.count(2), 2)
        checks.equal(other.count(5), 5)
        checks.equal(one.get("state"), 2, what="The state")


@task("label")
class TestLabel:
    def test_three(self, student):
        """Three ones are a three."""
        checks.equal(student.label(torch.ones(3)), "3")
