"""`bmm` multiplies batches of matrices and nothing else: with an axis for the heads, or any further one, the function gives up."""

LOSES = {"attend.property": "public::TestAttend::test_leading_axes"}


def attend(q, k, v, mask=None, normalise="softmax"):
    if q.dim() == 2:
        return attend(q[None], k[None], v[None], mask, normalise)[0]
    scores = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(q.shape[-1])
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask.expand_as(scores)
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return torch.bmm(weights.masked_fill(~mask, 0), v)
