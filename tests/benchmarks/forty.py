"""Turns pieces of code into forty submissions of `light`, each with the parts that it deserves to lose."""

import itertools
from dataclasses import dataclass

SOFTMAX = (
    """
def softmax(x):
    shifted = torch.exp(x - x.amax(-1, keepdim=True))
    return shifted / shifted.sum(-1, keepdim=True)
""",
    """
def softmax(x):
    return torch.exp(x - torch.logsumexp(x, -1, keepdim=True))
""",
    """
def softmax(x):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        weights = torch.exp(row - row.max())
        rows.append(weights / weights.sum())
    return torch.stack(rows).reshape(x.shape)
""",
    """
def softmax(x):
    return torch.nn.functional.softmax(x, dim=-1)
""",
)
CROSS_ENTROPY = (
    """
def cross_entropy(logits, labels):
    log_probabilities = logits - torch.logsumexp(logits, -1, keepdim=True)
    return -log_probabilities.gather(1, labels[:, None]).mean()
""",
    """
def cross_entropy(logits, labels):
    one_hot = torch.nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return -(one_hot * torch.log_softmax(logits, 1)).sum() / len(labels)
""",
    """
def cross_entropy(logits, labels):
    losses = [torch.logsumexp(row, 0) - row[label] for row, label in zip(logits, labels)]
    return torch.stack(losses).mean()
""",
)
ATTENTION = (
    """
def self_attention(x, w_q, w_k, w_v):
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(q.shape[-1])
    return torch.bmm(torch.softmax(scores, -1), v)
""",
    """
def self_attention(x, w_q, w_k, w_v):
    q = torch.einsum("bti,ij->btj", x, w_q)
    k = torch.einsum("bti,ij->btj", x, w_k)
    v = torch.einsum("bti,ij->btj", x, w_v)
    scores = torch.einsum("bqd,bkd->bqk", q, k) * q.shape[-1] ** -0.5
    return torch.einsum("bqk,bkd->bqd", scores.softmax(2), v)
""",
    """
def self_attention(x, w_q, w_k, w_v):
    out = []
    for sequence in x:
        q, k, v = sequence @ w_q, sequence @ w_k, sequence @ w_v
        weights = torch.exp(q @ k.T / x.shape[-1] ** 0.5)
        out.append(weights / weights.sum(-1, keepdim=True) @ v)
    return torch.stack(out)
""",
)
SOFTMAX_LOST = ("softmax.correctness", "softmax.gradient")
LOSS_LOST = ("cross_entropy.correctness", "cross_entropy.gradient")
ATTENTION_LOST = ("self_attention.correctness", "self_attention.gradient", "self_attention.property")
# What is wrong, and the parts that are not earned for it.
MISTAKES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("def softmax(x):\n    return torch.exp(x) / torch.exp(x).sum(-1, keepdim=True)\n", SOFTMAX_LOST),
    ("def softmax(x):\n    return torch.softmax(x, 0)\n", SOFTMAX_LOST),
    ("def softmax(x):\n    return torch.softmax(x.detach(), -1)\n", SOFTMAX_LOST[1:]),
    ("def cross_entropy(logits, labels):\n    return torch.nn.functional.cross_entropy(logits, labels, reduction='sum')\n", LOSS_LOST),
    ("def cross_entropy(logits, labels):\n    return -torch.softmax(logits, 1).gather(1, labels[:, None]).mean()\n", LOSS_LOST),
    ("def cross_entropy(logits, labels):\n    return torch.nn.functional.cross_entropy(logits, labels.float())\n", LOSS_LOST),
    ("def self_attention(x, w_q, w_k, w_v):\n    return torch.softmax((x @ w_q) @ (x @ w_k).mT, -1) @ (x @ w_v)\n", ATTENTION_LOST),
    ("def self_attention(x, w_q, w_k, w_v):\n    return torch.softmax((x @ w_k) @ (x @ w_q).mT / x.shape[-1] ** 0.5, -1) @ (x @ w_v)\n", ATTENTION_LOST),
    ("", (*SOFTMAX_LOST, *LOSS_LOST, *ATTENTION_LOST)),
)  # fmt: skip
HOSTILE = (
    ("def softmax(x):\n    while True:\n        pass\n", SOFTMAX_LOST),
    ("import os\n\n\ndef softmax(x):\n    os._exit(0)\n", SOFTMAX_LOST),
    ("def softmax(x):\n    print('x' * 19_000_000)\n    return torch.softmax(x, -1)\n", SOFTMAX_LOST),
)
CORRECT = 28


@dataclass(frozen=True, kw_only=True)
class Hand:
    """One submission: its text, the parts that are not earned, and those that are not where nothing limits what is printed."""

    name: str
    module: str
    lost: frozenset[str]
    lost_without_limit: frozenset[str]
    hostile: bool = False


def forty() -> list[Hand]:
    """Return twenty-eight correct submissions, nine wrong ones and three hostile ones."""
    pieces = list(itertools.product(SOFTMAX, CROSS_ENTROPY, ATTENTION))[:CORRECT]
    hands = [_hand(i, "".join(parts), ()) for i, parts in enumerate(pieces, start=1)]
    hands += [_hand(len(hands) + i, _with(mistake), lost) for i, (mistake, lost) in enumerate(MISTAKES, start=1)]
    return hands + [_hand(len(hands) + i, _with(text), lost, hostile=True) for i, (text, lost) in enumerate(HOSTILE, start=1)]


def _with(mistake: str) -> str:
    """Return good code with one piece of it replaced; nothing at all for no mistake."""
    return f"{SOFTMAX[0]}{CROSS_ENTROPY[0]}{ATTENTION[0]}\n\n{mistake}" if mistake else ""


def _hand(number: int, text: str, lost: tuple[str, ...], *, hostile: bool = False) -> Hand:
    without_limit = frozenset() if "print(" in text else frozenset(lost)
    module = f"import math\n\nimport torch\n{text}"
    return Hand(name=f"s{number:02}", module=module, lost=frozenset(lost), lost_without_limit=without_limit, hostile=hostile)
