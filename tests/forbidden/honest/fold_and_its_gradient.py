"""Fold and its gradient: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    c = torch.ones(1, 8, 4, requires_grad=True)
    F.fold(c, (3, 3), 2).sum().backward()
    return c.grad


FORBID = [
    "torch.nn.functional.unfold",
]
