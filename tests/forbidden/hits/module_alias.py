"""An alias of the module."""

import torch
import torch.nn.functional as F
from torch import nn

G = F


def solve(x):
    return G.softmax(x, -1)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run', 'source']
