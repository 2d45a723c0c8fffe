"""Partial: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

import functools

normalise = functools.partial(torch.sum, dim=-1, keepdim=True)


def solve(x):
    return x.exp() / normalise(x.exp())


FORBID = [
    "torch.nn.functional.softmax",
]
