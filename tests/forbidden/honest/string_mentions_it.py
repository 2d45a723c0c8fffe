"""String mentions it: nothing forbidden is called."""

import torch
import torch.nn.functional as F
from torch import nn

NAMES = {'softmax': 1, 'F.softmax': 2}


def solve(x):
    return x * NAMES['softmax']


FORBID = [
    "torch.nn.functional.softmax",
]
