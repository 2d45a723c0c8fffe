"""Own optimizer: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    @torch.no_grad()
    def step(self):
        for p in self.params:
            p -= self.lr * p.grad


def solve(x):
    p = x.clone().requires_grad_()
    (p * p).sum().backward()
    SGD([p], 0.1).step()
    return p.detach()


FORBID = [
    "torch.optim.Adam",
    "torch.optim.SGD",
]
