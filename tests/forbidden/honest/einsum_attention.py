"""Einsum attention: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    w = torch.einsum('bchw,bchv->bcwv', x, x).softmax(-1)
    return torch.einsum('bcwv,bchv->bchw', w, x)


FORBID = [
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
    "torch.nn.functional.multi_head_attention_forward",
]
