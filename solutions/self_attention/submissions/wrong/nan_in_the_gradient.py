"""The NaN of a query that sees nothing is replaced in the output; the gradient of the softmax is NaN all the same."""

LOSES = {"attend.gradient": "hidden::TestAttend::test_gradients[softmax]"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = (scores + torch.zeros_like(scores).masked_fill(~mask, -math.inf)).softmax(-1).nan_to_num()
    return weights.masked_fill(~mask, 0) @ v
