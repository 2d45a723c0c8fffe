"""What `checks.hygiene` finds left behind."""

import pytest
import torch

from grader import checks
from grader.result import Failure
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student

MODULE = """
import random

import numpy as np
import torch


def pure(generator_seed):
    return torch.rand(3, generator=torch.Generator().manual_seed(generator_seed))


def of_torch(_):
    return torch.rand(3)


def of_numpy(_):
    return torch.from_numpy(np.random.rand(3))


def of_python(_):
    return random.random()


def seeded(seed):
    torch.manual_seed(seed)
    return torch.zeros(3)


class Mean:
    def __init__(self):
        self.values = []

    def add(self, x):
        self.values.append(x)

    def mean(self):
        return torch.stack(self.values).mean() if self.values else torch.zeros(())


class Shared(Mean):
    values = []

    def __init__(self):
        pass
"""


@pytest.fixture
def student():
    leash = InProcess("hygiene", MODULE)
    leash.ask({"op": "test", "seed": 1})
    return Student(leash)


def test_a_generator_of_its_own_leaves_the_global_ones_alone(student):
    """What is handed in may be used as much as one likes."""
    checks.global_rng_kept(student, lambda: student.pure(5))


@pytest.mark.parametrize("name", ["of_torch", "of_numpy", "of_python", "seeded"])
def test_each_global_generator_is_watched(student, name):
    """One draw is enough, and so is a seed."""
    with pytest.raises(Failure, match="global random generator"):
        checks.global_rng_kept(student, lambda: getattr(student, name)(5))


def test_instances_are_apart(student):
    """What one object gathers another does not know; a list of the class is known to all."""

    def tried(name):
        checks.apart(getattr(student, name), lambda one: one.add(torch.ones(())), lambda one: one.mean())

    tried("Mean")
    with pytest.raises(Failure, match="after another one was used"):
        tried("Shared")


def test_precision():
    """Float32 in, float32 out, and nearly the same numbers."""
    x = torch.linspace(1, 2, 5, dtype=torch.float64)
    checks.precision_kept(lambda x: x.exp(), x)
    checks.precision_kept(lambda x, places: x[places], x, torch.tensor([1, 2]))
    with pytest.raises(Failure, match=r"single precision.*dtype"):
        checks.precision_kept(lambda x: x.double().exp(), x)
    with pytest.raises(Failure, match=r"double precision.*dtype"):
        checks.precision_kept(lambda x: x.float().exp(), x)
    with pytest.raises(Failure, match="single precision is wrong"):
        checks.precision_kept(lambda x: (x.half() if x.dtype == torch.float32 else x).exp().to(x.dtype), x)
    with pytest.raises(Failure, match=r"torch\.Tensor"):
        checks.precision_kept(lambda x: None, x)
