"""The smallest course: doubling numbers."""

import torch


def factor():
    """Return what doubling multiplies with."""
    return 2


class Counter:
    """Counts calls. `state` is how many there were."""

    def __init__(self):
        """Start at zero."""
        self.state = 0

    def count(self, step):
        """Add `step` and return how much there is."""
        self.state += step
        return self.state


def double(x):
    """Return twice x, of the same shape."""
    return factor() * x


def quadruple(x):
    """Return four times x, of the same shape."""
    return double(double(x))


def total(x):
    """Return the sum of the rows of x: (rows, columns) to (rows,)."""
    return torch.sort(x).values.sum(1)
