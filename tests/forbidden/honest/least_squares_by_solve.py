"""Least squares by solve: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    a = x[0, 0]
    return torch.linalg.solve(a.T @ a + torch.eye(6), a.T @ a)


FORBID = [
    "torch.linalg.lstsq",
]
