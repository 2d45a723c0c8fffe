"""An import under another name."""

from torch.nn.functional import softmax as s


def solve(x):
    return s(x, -1)


FORBID = [
    "torch.nn.functional.softmax",
]
SEEN_BY = ['run', 'source']
