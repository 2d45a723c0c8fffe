"""Tensor unfold: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return x.unfold(2, 3, 1).unfold(3, 3, 1).sum((-2, -1))


FORBID = [
    "torch.nn.functional.unfold",
    "torch.nn.Unfold",
]
