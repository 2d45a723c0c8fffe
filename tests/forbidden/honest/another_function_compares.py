"""Another function compares: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def compare(x):
    return F.softmax(x, -1)


def solve(x):
    return x


FORBID = [
    "torch.nn.functional.softmax",
]
