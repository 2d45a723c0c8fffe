"""The mask is inverted in place: the caller's own mask is the wrong way round after the call."""

LOSES = {"attend.property": "public::TestAttend::test_arguments_are_kept"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    seen = scores.shape[-1] if mask is None else mask.sum(-1, keepdim=True).clamp(min=1)
    hidden = torch.zeros_like(scores, dtype=torch.bool) if mask is None else mask.logical_not_()
    weights = scores.relu() / seen if normalise == "relu" else scores.masked_fill(hidden, -math.inf).softmax(-1)
    return weights.masked_fill(hidden, 0) @ v
