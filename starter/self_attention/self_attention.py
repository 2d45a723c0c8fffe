"""Self-attention: every vector of a set looks at all the others and decides what to take from each."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def pad_batch(items: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Gather sets of vectors, some larger than others, in one rectangle.

    items: each a sequence (time, d_model), or an image (height, width, d_model): the set of its pixels, read row by row

    Return `(vectors, present)`.
    vectors: (batch, time, d_model), where time is the size of the largest set; zeros behind the last vector of a set
    present: (batch, time) bool, True where a vector stands and False in the padding
    """
    raise NotImplementedError("pad_batch is yours to write")


def attention_scores(q: Tensor, k: Tensor, additive: Tensor | None = None) -> Tensor:
    """Score how much each query wants each key.

    q: (..., queries, d), k: (..., keys, d), additive: (d,)

    Return (..., queries, keys): the dot product q·k / sqrt(d), or, where `additive` is given, additive · tanh(q + k).
    """
    raise NotImplementedError("attention_scores is yours to write")


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, normalise: str = "softmax") -> Tensor:
    """Give each query the weighted sum of the values, where the weights are its normalised dot-product scores.

    q: (..., queries, d), k: (..., keys, d), v: (..., keys, d_value)
    mask: bool (..., queries, keys), axes before the last two broadcast; a query sees a key where it is True, every key without a mask
    normalise: "softmax" over the keys that the query sees, or "relu": max(score, 0) / the number of keys that it sees

    Return (..., queries, d_value). A query that sees no key gets zeros.
    """
    raise NotImplementedError("attend is yours to write")


def attention_mask(
    length: int,
    window: int | None = None,
    causal: bool = False,
    offset: int | None = None,
    edges: Tensor | None = None,
    present: Tensor | None = None,
) -> Tensor:
    """Say who may look at whom: position i sees position j where every restriction that is given allows it.

    window: i sees j if they are at most `window` apart
    causal: i sees itself and what stands before it
    offset: i sees i + offset alone
    edges: (edges, 2) int64, pairs of nodes of a graph: the two of a pair see each other, and every node sees itself
    present: (batch, length) bool: nobody sees j of an item where it is False

    Return bool (length, length), row i for the position that looks; (batch, length, length) where `present` is given.
    """
    raise NotImplementedError("attention_mask is yours to write")


def sinusoidal_positions(positions: Tensor, d_model: int) -> Tensor:
    """Turn each position into a vector of waves, from fast to slow (Vaswani et al. 2017, section 3.5).

    positions: (time,) floating point, in any order, whole or not; d_model: even

    Return (time, d_model) of the same dtype. Of the row of position p,
    entry 2i is sin(p / 10000^(2i / d_model)) and entry 2i + 1 is cos(p / 10000^(2i / d_model)).
    """
    raise NotImplementedError("sinusoidal_positions is yours to write")


class MultiHeadSelfAttention(nn.Module):
    """Let several heads, each with queries, keys and values of its own, look at the same vectors."""

    def __init__(self, d_model: int, heads: int) -> None:
        """Hold four matrices (d_model, d_model), each made to multiply a column from the left: q = w_q a.

        w_q, w_k, w_v: rows h * d_head to (h + 1) * d_head make the queries, keys and values of head h; d_head = d_model / heads
        w_o: mixes the outputs of the heads, which stand one behind the other in the order of the heads
        """
        nn.Module.__init__(self)
        if d_model % heads:
            raise ValueError(f"d_model = {d_model} does not split into {heads} heads of equal size.")
        self.heads = heads
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Parameter(torch.randn(d_model, d_model) / math.sqrt(d_model)) for _ in range(4))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend within each head, put the heads side by side, mix them with `w_o`.

        x: (batch, time, d_model)
        mask: bool, (time, time) or (batch, time, time), the same for every head, as `attend` reads it

        Return (batch, time, d_model).
        """
        raise NotImplementedError("MultiHeadSelfAttention.forward is yours to write")
