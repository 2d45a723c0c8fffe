"""Matmul attention: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x):
    return F.softmax(x @ x.transpose(-2, -1) / x.shape[-1] ** 0.5, dim=-1) @ x


FORBID = [
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
    "torch.nn.functional.multi_head_attention_forward",
]
