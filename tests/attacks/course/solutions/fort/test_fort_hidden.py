"""Hidden grader of `fort`. The numbers of `test_marked` must never be read by a student."""

import pytest
import torch

from grader import checks
from grader.plugin import kind, probe, task

MARK, LABEL_MARK = 73571113, 90909091


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
        checks.close(student.double(x), reference.double(x))

    def test_marked(self, student, reference):
        """It agrees with the reference where the numbers are recognised wherever they appear."""
        x = torch.full((2, 2), float(MARK), dtype=torch.float64)
        checks.close(student.double(x), reference.double(x))

    @kind("gradient")
    def test_gradient(self, student, draw):
        """The gradient is two."""
        x = draw("rows columns")
        checks.close(gradient(student, x), torch.full_like(x, 2))

    @kind("property")
    def test_scales(self, student, draw):
        """Three times the input is three times the output."""
        x = draw("rows")
        checks.close(student.double(3 * x), 3 * checks.shape(student.double(x), x.shape))


@task("quadruple")
class TestQuadruple:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw("rows")
        checks.close(student.quadruple(x), reference.quadruple(x))


@task("Counter.count")
class TestCounter:
    def test_steps(self, student, draw):
        """It counts any steps."""
        counter, steps = student.Counter(), draw.integers("steps", high=9, low=1).tolist()
        for i, step in enumerate(steps):
            checks.equal(counter.count(step), sum(steps[: i + 1]))


@task("label")
class TestLabel:
    def test_marked(self, student):
        """One number is written as it is."""
        checks.equal(student.label(torch.tensor([float(LABEL_MARK)], dtype=torch.float64)), str(LABEL_MARK))

    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw.integers("many", high=1000)
        checks.equal(student.label(x), reference.label(x))


@task("integration")
class TestTogether:
    def test_all(self, student, draw):
        """The pieces work together."""
        x = draw("rows")
        checks.close(student.quadruple(student.double(x)), 8 * x)
