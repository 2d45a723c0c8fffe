"""Embedding by index: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    table = torch.arange(12.0).reshape(3, 4)
    return table[torch.tensor([0, 2, 1])]


FORBID = [
    "torch.nn.functional.embedding",
    "torch.nn.Embedding",
]
