"""Check at import: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

assert F.softmax(torch.ones(2), -1).sum() == 1


def solve(x):
    return x


FORBID = [
    "torch.nn.functional.softmax",
]
