"""The library's optimizer."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    p = x.clone().requires_grad_()
    o = torch.optim.Adam([p])
    (p * p).sum().backward()
    o.step()
    return p.detach()


FORBID = [
    "torch.optim.Adam",
]
SEEN_BY = ['run', 'source']
