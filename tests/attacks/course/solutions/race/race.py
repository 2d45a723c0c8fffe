"""A house with a race track."""

import torch


def total(x):
    """Return the sum of the rows of x: (rows, columns) to (rows,)."""
    return torch.stack([x, x, x]).sort(0).values.sum(-1)[0]


def mean(x):
    """Return the mean of the rows of x: (rows, columns) to (rows,)."""
    return x.mean(-1)
