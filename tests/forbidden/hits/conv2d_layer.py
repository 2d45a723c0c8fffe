"""The layer where only the function is forbidden."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return nn.Conv2d(4, 2, 3)(x).detach()


FORBID = [
    "torch.nn.functional.conv2d",
]
SEEN_BY = ['run']
