"""A star import: the text is not certain."""

from torch.nn.functional import *


def solve(x):
    return softmax(x, -1)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run']
