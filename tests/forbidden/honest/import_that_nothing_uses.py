"""Import that nothing uses: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

from torch.nn.functional import softmax


def solve(x):
    return x


FORBID = [
    "torch.nn.functional.softmax",
]
