"""Gru where lstm is forbidden: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return nn.GRU(6, 6, batch_first=True)(x[:, 0])[0].detach()


FORBID = [
    "torch.nn.LSTM",
]
