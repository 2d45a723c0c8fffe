"""Linear layers: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        return self.q(x) @ self.k(x).mT


def solve(x):
    torch.manual_seed(0)
    return Net()(x).detach()


FORBID = [
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
    "torch.nn.functional.multi_head_attention_forward",
]
