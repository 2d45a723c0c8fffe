"""Operators only: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return (2 * x) @ x + x * x - x.mul(2)


FORBID = [
    "torch.mul",
    "torch.matmul",
    "torch.add",
]
