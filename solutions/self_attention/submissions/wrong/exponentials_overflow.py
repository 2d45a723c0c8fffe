"""The softmax takes the exponential of the scores as they are: large scores overflow, and infinity divided by infinity is NaN."""

LOSES = {"attend.property": "public::TestAttend::test_large_scores"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.exp() * mask
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)
    return weights.masked_fill(~mask, 0) @ v
