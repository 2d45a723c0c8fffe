"""Another thread, which the modes do not see."""

import torch
import torch.nn.functional as F
from torch import nn

import threading


def solve(x):
    out = []
    t = threading.Thread(target=lambda: out.append(F.softmax(x, -1)))
    t.start()
    t.join()
    return out[0]


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['source']
