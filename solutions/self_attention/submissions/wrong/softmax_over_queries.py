"""The softmax runs over the queries and not over the keys: the weights of one query do not sum to 1."""

LOSES = {
    "attend.correctness": "public::TestAttend::test_handout_example",
    "integration": "public::TestIntegration::test_two_layers",
}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(-2)
    return weights.masked_fill(~mask, 0) @ v
