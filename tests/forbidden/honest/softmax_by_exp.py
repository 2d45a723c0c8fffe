"""Softmax by exp: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    e = torch.exp(x - x.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)


FORBID = [
    "torch.nn.functional.softmax",
]
