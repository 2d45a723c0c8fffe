"""Own function softmax: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def softmax(x, dim):
    e = x.exp()
    return e / e.sum(dim, keepdim=True)


def solve(x):
    return softmax(x, -1)


FORBID = [
    "torch.nn.functional.softmax",
]
