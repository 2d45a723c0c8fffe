"""A case that the observed run does not meet."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return F.softmax(x, -1) if x.shape[-1] == 7 else x


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['source']
