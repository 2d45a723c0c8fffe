"""The module as a default argument."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x, lib=F):
    return lib.softmax(x, -1)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run', 'source']
