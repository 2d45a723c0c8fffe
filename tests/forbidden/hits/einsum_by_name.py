"""A function that has no operator of its own."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return torch.einsum('bchw->bcwh', x)


FORBID = [
    "torch.einsum",
]
SEEN_BY = ['run', 'source']
