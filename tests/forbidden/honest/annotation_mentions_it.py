"""Annotation mentions it: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

def solve(x: 'nn.LSTM | torch.Tensor') -> torch.Tensor:
    y: nn.LSTM = x
    return y


FORBID = [
    "torch.nn.LSTM",
]
