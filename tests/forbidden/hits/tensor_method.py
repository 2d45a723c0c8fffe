"""A tensor's own method."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return x.softmax(-1)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run']
