"""Every product is an einsum, the softmax is written with logsumexp, and sines and cosines are one complex exponential."""


def pad_batch(items):
    rows = [torch.reshape(item, (-1, item.size(-1))) for item in items]
    vectors = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    present = nn.utils.rnn.pad_sequence([torch.ones(len(row), dtype=torch.bool) for row in rows], batch_first=True)
    return vectors, present


def attention_scores(q, k, additive=None):
    if additive is None:
        return torch.einsum("...qd,...kd->...qk", q, k) * q.size(-1) ** -0.5
    return torch.einsum("...qkd,d->...qk", torch.tanh(q[..., :, None, :] + k[..., None, :, :]), additive)


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    if normalise == "relu":
        if mask is None:
            return torch.einsum("...qk,...kv->...qv", scores.relu(), v) / scores.size(-1)
        weights = torch.where(mask, scores.relu(), 0.0)
        return torch.einsum("...qk,...kv->...qv", weights, v) / mask.sum(-1, keepdim=True).clamp(min=1)
    if mask is not None:
        lowest = torch.finfo(scores.dtype).min
        scores = torch.where(mask, scores, lowest)
    weights = (scores - scores.logsumexp(-1, keepdim=True)).exp()
    if mask is not None:
        weights = weights * mask
    return torch.einsum("...qk,...kv->...qv", weights, v)


def attention_mask(length, window=None, causal=False, offset=None, edges=None, present=None):
    i, j = torch.meshgrid(torch.arange(length), torch.arange(length), indexing="ij")
    allowed = [torch.full((length, length), True)]
    if window is not None:
        allowed += [i - j <= window, j - i <= window]
    if causal:
        allowed.append(j <= i)
    if offset is not None:
        allowed.append(j - i == offset)
    if edges is not None:
        ends = nn.functional.one_hot(edges, length)  # (edges, 2, length)
        adjacency = torch.einsum("ei,ej->ij", ends[:, 0], ends[:, 1])
        allowed.append((adjacency + adjacency.T + torch.eye(length)) > 0)
    mask = torch.stack(allowed).all(dim=0)
    return mask if present is None else torch.einsum("ij,bj->bij", mask.int(), present.int()).bool()


def sinusoidal_positions(positions, d_model):
    exponents = torch.arange(d_model // 2, dtype=positions.dtype) * 2 / d_model
    angles = torch.outer(positions, torch.exp(-exponents * math.log(10000)))
    turns = torch.view_as_real(torch.polar(torch.ones_like(angles), angles))  # cosine, sine
    return turns.flip(-1).reshape(len(positions), d_model)


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        shape = (self.heads, -1, x.size(-1))
        q, k, v = (torch.einsum("btm,hdm->bhtd", x, w.view(shape)) for w in (self.w_q, self.w_k, self.w_v))
        if mask is not None:
            mask = mask[..., None, :, :]
        seen = attend(q, k, v, mask)
        return torch.einsum("bhtd,mhd->btm", seen, self.w_o.view(x.size(-1), self.heads, -1))
