"""Dataclass field: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

from dataclasses import dataclass


@dataclass
class Config:
    softmax: bool = True
    temperature: float = 2.0


def solve(x):
    config = Config()
    return x / config.temperature if config.softmax else x


FORBID = [
    "torch.nn.functional.softmax",
]
