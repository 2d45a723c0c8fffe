"""Softmax by logsumexp: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return torch.exp(x - torch.logsumexp(x, -1, keepdim=True))


FORBID = [
    "torch.nn.functional.softmax",
    "torch.nn.functional.log_softmax",
]
