"""Own cross entropy: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def cross_entropy(logits, target):
    return -(logits.log_softmax(-1) * target).sum(-1).mean()


def solve(x):
    return cross_entropy(x, torch.ones_like(x) / 6)


FORBID = [
    "torch.nn.functional.cross_entropy",
    "torch.nn.CrossEntropyLoss",
]
