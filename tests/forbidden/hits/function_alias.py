"""An alias of the function."""

import torch
import torch.nn.functional as F
from torch import nn

squash = F.softmax


def solve(x):
    return squash(x, -1)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run', 'source']
