"""Hidden grader of `race`."""

import torch

from grader import checks
from grader.plugin import kind, probe, task


@probe
def gradient(student, x):
    """Return the gradient of the totals."""
    x = x.requires_grad_()
    student.total(x).sum().backward()
    return x.grad


@task("total")
class TestTotal:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw("rows columns")
        checks.close(student.total(x), reference.total(x))

    @kind("gradient")
    def test_gradient(self, student, draw):
        """The gradient is one."""
        x = draw("rows columns")
        checks.close(gradient(student, x), torch.ones_like(x))

    @kind("property")
    def test_scales(self, student, draw):
        """Twice the input is twice the output."""
        x = draw("rows columns")
        checks.close(student.total(2 * x), 2 * checks.shape(student.total(x), x.shape[:1]))

    @kind("speed")
    def test_speed(self, student, draw, reference):
        """It is not much slower than the reference."""
        checks.speed(student.total, reference.total, lambda: (draw("many=300 wide=400"),))


@task("mean")
class TestMean:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw("rows columns")
        checks.close(student.mean(x), reference.mean(x))

    @kind("property")
    def test_scales(self, student, draw):
        """Twice the input is twice the output."""
        x = draw("rows columns")
        checks.close(student.mean(2 * x), 2 * checks.shape(student.mean(x), x.shape[:1]))


@task("integration")
class TestTogether:
    def test_all(self, student, draw):
        """The pieces work together."""
        x = draw("rows columns")
        checks.close(student.total(student.mean(x).reshape(-1, 1)), x.mean(-1))
