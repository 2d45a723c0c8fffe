"""Conv transpose where conv2d is forbidden: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return F.conv_transpose2d(x, torch.ones(4, 2, 3, 3))


FORBID = [
    "torch.nn.functional.conv2d",
]
