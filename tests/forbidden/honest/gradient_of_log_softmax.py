"""Gradient of log softmax: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    x = x.clone().requires_grad_()
    torch.log_softmax(x, -1)[..., 0].sum().backward()
    return x.grad


FORBID = [
    "torch.nn.functional.softmax",
]
