"""Conv by loops: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    out = torch.zeros(2, 4, 4, 4)
    for i in range(4):
        for j in range(4):
            out[:, :, i, j] = x[:, :, i : i + 3, j : j + 3].sum((-2, -1))
    return out


FORBID = [
    "torch.nn.functional.conv2d",
    "torch.nn.functional.unfold",
]
