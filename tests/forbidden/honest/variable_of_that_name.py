"""Variable of that name: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    softmax = x.exp()
    softmax = softmax / softmax.sum(-1, keepdim=True)
    return softmax


FORBID = [
    "torch.nn.functional.softmax",
]
