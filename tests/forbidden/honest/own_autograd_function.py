"""Own autograd function: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        e = x.exp()
        p = e / e.sum(-1, keepdim=True)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (g * p).sum(-1, keepdim=True))


def solve(x):
    x = x.clone().requires_grad_()
    Softmax.apply(x).sum().backward()
    return x.grad


FORBID = [
    "torch.nn.functional.softmax",
]
