"""Nll of own log softmax: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    x = x.flatten(0, 2)
    log_p = x - x.logsumexp(-1, keepdim=True)
    return F.nll_loss(log_p, torch.zeros(len(x), dtype=torch.long))


FORBID = [
    "torch.nn.functional.cross_entropy",
    "torch.nn.CrossEntropyLoss",
]
