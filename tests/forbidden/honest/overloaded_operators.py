"""Overloaded operators: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

class V:
    def __init__(self, x):
        self.x = x

    def __matmul__(self, other):
        return V((self.x[..., None] * other.x[..., None, :, :]).sum(-2))

    def matmul(self, other):
        return self @ other


def solve(x):
    return V(x).matmul(V(x)).x


FORBID = [
    "torch.matmul",
    "torch.Tensor.matmul",
]
