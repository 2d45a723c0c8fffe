"""A probe ships alone: what it cannot see, or what would answer with a verdict, is refused when the file is imported."""

import math

import numpy as np
import pytest
import torch

from grader.errors import CourseError
from grader.probes import probe
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student

SECRET = 42


def student(text="def double(x):\n    return 2 * x\n"):
    return Student(InProcess("toy", text))


def test_a_probe_runs_beside_the_module_and_returns_values():
    """It sees the real module, its arguments, torch, np and math."""

    @probe
    def everything(student, x, *, power=1):
        """Return what the worker sees."""
        y = student.double(x.requires_grad_())
        y.sum().backward()
        return {"y": y, "dx": x.grad, "pi": math.pi, "np": np.ones(2), "power": power}

    got = everything(student(), torch.ones(3), power=2)
    assert torch.equal(got["y"], torch.full((3,), 2.0))
    assert torch.equal(got["dx"], torch.full((3,), 2.0))
    assert got["pi"] == math.pi
    assert got["power"] == 2


def test_its_arguments_are_copies():
    """What a student's code does to its inputs stays in the worker."""

    @probe
    def spoil(student, x):
        x += 1
        return x

    x = torch.zeros(2)
    assert spoil(student(), x).sum() == 2
    assert x.sum() == 0


def test_globals_of_the_test_file_are_refused():
    """A secret of the test file cannot slip into the worker by accident."""
    with pytest.raises(CourseError, match="SECRET"):

        @probe
        def leak(student):
            return SECRET


@pytest.mark.parametrize("name", ["allclose", "gradcheck", "assert_close", "array_equal"])
def test_comparisons_are_refused(name):
    """A comparison in the student's process would be a verdict of the student's side."""
    source = f"@probe\ndef compare(student, x):\n    return torch.{name}(x, x)\n"
    with pytest.raises(CourseError, match=name):
        _define(source)


def test_asserts_are_refused():
    """So is an assertion."""
    with pytest.raises(CourseError, match="asserts"):

        @probe
        def check(student, x):
            assert x is not None
            return x


def test_the_first_argument_is_the_student():
    """A probe without a student would run for nothing."""
    with pytest.raises(CourseError, match="student"):

        @probe
        def alone(x):
            return x


def test_every_fault_is_told_at_once():
    """An author mends a probe in one go."""
    with pytest.raises(CourseError) as told:

        @probe
        def wrong(x):
            assert x == SECRET
            return torch.allclose(x, x)

    assert len(told.value.faults) == 4


def _define(source, folder=None):
    import linecache

    name = "<a probe of a test>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), {"probe": probe, "torch": torch})
