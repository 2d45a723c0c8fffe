"""The layer where only the function is forbidden."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return nn.Softmax(-1)(x)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run']
