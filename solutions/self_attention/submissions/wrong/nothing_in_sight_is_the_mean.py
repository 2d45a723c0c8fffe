"""A query that sees no key gets the mean of all values: -1e9 in every place is the same as 0 in every place."""

LOSES = {"attend.correctness": "public::TestAttend::test_nothing_in_sight"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu().masked_fill(~mask, 0) / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.masked_fill(~mask, -1e9).softmax(-1)
    return weights @ v
