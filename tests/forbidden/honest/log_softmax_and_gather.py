"""Log softmax and gather: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    x = x.flatten(0, 2)
    return -F.log_softmax(x, -1).gather(1, torch.zeros(len(x), 1, dtype=torch.long)).mean()


FORBID = [
    "torch.nn.functional.cross_entropy",
    "torch.nn.CrossEntropyLoss",
]
