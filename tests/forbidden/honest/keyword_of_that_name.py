"""Keyword of that name: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def scale(x, softmax=True):
    return x * 2 if softmax else x


def solve(x):
    return scale(x, softmax=False)


FORBID = [
    "torch.nn.functional.softmax",
]
