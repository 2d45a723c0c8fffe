"""Where the dispatcher sees single products."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return nn.LSTM(6, 6).double()(x[0].double())[0].detach()


FORBID = [
    "torch.nn.LSTM",
]
SEEN_BY = ['run', 'source']
