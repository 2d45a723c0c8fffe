"""`normalise` is not looked at: there is a softmax in any case."""

LOSES = {"attend.correctness": "public::TestAttend::test_either_normalisation"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights.masked_fill(~mask, 0) @ v
