"""The library's recurrent layer."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return nn.LSTM(6, 6)(x[0])[0].detach()


FORBID = [
    "torch.nn.LSTM",
]
SEEN_BY = ['run', 'source']
