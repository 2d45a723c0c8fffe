"""Docstring mentions it: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    """Like F.softmax(x, -1), but torch.nn.functional.softmax is forbidden."""
    # F.softmax(x)
    return x.sigmoid()


FORBID = [
    "torch.nn.functional.softmax",
]
