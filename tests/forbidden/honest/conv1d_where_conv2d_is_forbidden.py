"""Conv1d where conv2d is forbidden: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return F.conv1d(x[:, :, 0], torch.ones(2, 4, 3))


FORBID = [
    "torch.nn.functional.conv2d",
    "torch.nn.Conv2d",
]
