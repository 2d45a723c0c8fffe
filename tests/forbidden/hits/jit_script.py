"""A traced function."""

import torch
import torch.nn.functional as F
from torch import nn

def inner(x):
    return F.softmax(x, -1)


def solve(x):
    return torch.jit.trace(inner, (x,), check_trace=False)(x)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run', 'source']
