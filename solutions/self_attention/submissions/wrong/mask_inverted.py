"""The mask is read the wrong way round: the queries see exactly the keys that they should not."""

LOSES = {"attend.correctness": "public::TestAttend::test_one_key_in_sight"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    hidden = torch.zeros_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / (~hidden).sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.masked_fill(hidden, -math.inf).softmax(-1)
    return weights.masked_fill(hidden, 0) @ v
