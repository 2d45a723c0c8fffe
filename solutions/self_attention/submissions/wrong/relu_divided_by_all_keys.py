"""The weights of "relu" are divided by the number of all keys and not of those that the query sees."""

LOSES = {"attend.correctness": "hidden::TestAttend::test_reference[masked-relu]"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / scores.shape[-1]
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights.masked_fill(~mask, 0) @ v
