"""Decorators: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

import functools


def softmax_free(f):
    @functools.wraps(f)
    def inner(*args):
        return f(*args)
    return inner


@softmax_free
@torch.no_grad()
def solve(x):
    return x.relu()


FORBID = [
    "torch.nn.functional.softmax",
]
