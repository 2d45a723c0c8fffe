"""Own method softmax: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

class Mine:
    def softmax(self, x):
        e = x.exp()
        return e / e.sum(-1, keepdim=True)


def solve(x):
    return Mine().softmax(x)


FORBID = [
    "torch.nn.functional.softmax",
]
