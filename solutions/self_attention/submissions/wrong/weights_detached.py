"""The weights are cut off from the graph: only the values learn, queries and keys never do."""

LOSES = {"attend.gradient": "hidden::TestAttend::test_gradients[softmax]"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights.detach().masked_fill(~mask, 0) @ v
