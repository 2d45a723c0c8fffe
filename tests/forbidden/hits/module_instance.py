"""A layer made beforehand."""

import torch
import torch.nn.functional as F
from torch import nn

layer = nn.Softmax(-1)


def solve(x):
    return layer(x)


FORBID = [
    "torch.nn.functional.softmax",
    "torch.nn.Softmax",
]
SEEN_BY = ['run', 'source']
