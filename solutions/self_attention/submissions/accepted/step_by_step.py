"""Loops where they do not hurt, one head and one item after the other, as one would explain it on a blackboard."""


def pad_batch(items):
    sets = [item.reshape(-1, item.shape[-1]) for item in items]
    longest = 0
    for one in sets:
        longest = max(longest, one.shape[0])
    vectors = torch.zeros(len(sets), longest, sets[0].shape[1], dtype=sets[0].dtype)
    present = torch.zeros(len(sets), longest, dtype=torch.bool)
    for row, one in enumerate(sets):
        vectors[row, : len(one)] = one
        present[row, : len(one)] = True
    return vectors, present


def attention_scores(q, k, additive=None):
    if additive is None:
        return torch.matmul(q, k.mT) / q.size(-1) ** 0.5
    columns = []
    for j in range(k.size(-2)):
        columns.append(torch.tanh(q + k[..., j : j + 1, :]) @ additive)
    return torch.stack(columns, dim=-1)


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    if mask is None:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool)
    if normalise == "relu":
        weights = torch.clamp(scores, min=0) * mask
        return weights @ v / mask.sum(-1, keepdim=True).clamp(min=1)
    scores = scores.masked_fill(~mask, float("-inf"))
    blind = ~mask.any(dim=-1, keepdim=True)
    scores = scores.masked_fill(blind, 0.0)
    weights = torch.softmax(scores, dim=-1).masked_fill(blind, 0.0)
    return weights @ v


def attention_mask(length, window=None, causal=False, offset=None, edges=None, present=None):
    pairs = set() if edges is None else {(int(a), int(b)) for a, b in edges}
    mask = torch.zeros(length, length, dtype=torch.bool)
    for i in range(length):
        for j in range(length):
            near = window is None or abs(i - j) <= window
            past = not causal or j <= i
            tap = offset is None or j == i + offset
            linked = edges is None or i == j or (i, j) in pairs or (j, i) in pairs
            mask[i, j] = near and past and tap and linked
    if present is None:
        return mask
    return torch.stack([mask & row for row in present])


def sinusoidal_positions(positions, d_model):
    table = torch.empty(len(positions), d_model, dtype=positions.dtype)
    for i in range(d_model // 2):
        angle = positions / 10000 ** (2 * i / d_model)
        table[:, 2 * i] = torch.sin(angle)
        table[:, 2 * i + 1] = torch.cos(angle)
    return table


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        d_head = x.size(-1) // self.heads
        outputs = []
        for h in range(self.heads):
            rows = slice(h * d_head, (h + 1) * d_head)
            outputs.append(attend(x @ self.w_q[rows].T, x @ self.w_k[rows].T, x @ self.w_v[rows].T, mask))
        return torch.cat(outputs, dim=-1) @ self.w_o.T
