"""Layer norm by hand: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def layer_norm(x):
    return (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt()


def solve(x):
    return layer_norm(x)


FORBID = [
    "torch.nn.functional.layer_norm",
    "torch.nn.LayerNorm",
]
