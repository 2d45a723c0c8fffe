"""Hidden grader of `toy`."""

import pytest
import torch

from grader import checks
from grader.plugin import kind, probe, task


@probe
def gradient(student, x):
    """Return the gradient of the sum of the doubled x."""
    x = x.requires_grad_()
    student.double(x).sum().backward()
    return x.grad


@task("double")
class TestDouble:
    @pytest.mark.parametrize("rows", [1, 4], ids=["one", "four"])
    def test_reference(self, student, draw, reference, rows):
        """It agrees with the reference."""
        x = draw(f"rows={rows} columns")
        checks.close(student.double(x), reference.double(x), hint=1)

    @kind("gradient")
    def test_gradient(self, student, draw):
        """The gradient is two."""
        x = draw("rows columns")
        checks.close(gradient(student, x), torch.full_like(x, 2))


@task("quadruple")
class TestQuadruple:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw("rows")
        checks.close(student.quadruple(x), reference.quadruple(x))

    def test_scales(self, student, draw):
        """Twice the input is twice the output."""
        x = draw("rows")
        out = student.quadruple(x)
        checks.close(student.quadruple(2 * x), 2 * checks.shape(out, x.shape))
        checks.that(bool((out != 0).any()), "Something comes out.")


@task("Counter.count")
class TestCounter:
    def test_steps(self, student, draw):
        """It counts any steps."""
        counter, steps = student.Counter(), draw.integers("steps", high=9, low=1).tolist()
        for i, step in enumerate(steps):
            checks.equal(counter.count(step), sum(steps[: i + 1]))


@task("total")
class TestTotal:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw("rows columns")
        checks.close(student.total(x), reference.total(x))

    @kind("speed")
    def test_speed(self, student, draw, reference):
        """It is not much slower than the reference."""
        checks.speed(student.total, reference.total, lambda: (draw("many=300 wide=400"),))


@task("integration")
class TestTogether:
    def test_all(self, student, draw):
        """The pieces work together."""
        x = draw("rows")
        checks.close(student.quadruple(student.double(x)), 8 * x)
