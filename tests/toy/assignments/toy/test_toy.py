"""Public grader of `toy`."""

import torch

from grader import checks
from grader.plugin import kind, probe, task


@probe
def doubled_and_gradient(student, upstream, x):
    """Return the doubled x and its gradient."""
    x = x.requires_grad_()
    out = student.double(x)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [x], upstream)


@task("double")
class TestDouble:
    def test_two(self, student):
        """One doubled is two."""
        checks.close(student.double(torch.ones(2, 3)), torch.full((2, 3), 2.0), hint=1)

    @kind("gradient")
    def test_slope(self, student, draw):
        """The gradient is the slope."""
        checks.gradients(doubled_and_gradient, student, {"x": draw("rows columns")}, rng=draw.rng, hint=2)


@task("quadruple")
class TestQuadruple:
    def test_four(self, student):
        """One quadrupled is four."""
        checks.close(student.quadruple(torch.ones(3)), torch.full((3,), 4.0), hint=1)

    def test_negative(self, student, draw):
        """The sign goes through."""
        x = draw("rows")
        checks.close(student.quadruple(-x), -student.quadruple(x), hint=1)


@task("Counter.count")
class TestCounter:
    def test_two_counters(self, student):
        """Two counters count apart."""
        one, other = student.Counter(), student.Counter()
        checks.equal(one.count(2), 2)
        checks.equal(other.count(5), 5)
        checks.equal(one.get("state"), 2, what="The state")
