"""Own lstm class: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

class LSTM(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.gates = nn.Linear(2 * size, 4 * size)

    def forward(self, x):
        h = c = torch.zeros(x.shape[0], x.shape[-1])
        for t in range(x.shape[1]):
            i, f, o, g = self.gates(torch.cat([x[:, t], h], -1)).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        return h


def solve(x):
    return LSTM(6)(x[:, 0]).detach()


FORBID = [
    "torch.nn.LSTM",
    "torch.nn.LSTMCell",
    "torch.lstm",
]
