"""Hidden keys get the score 0 in place of minus infinity, and the exponential of 0 is 1: they still take weight."""

LOSES = {"attend.correctness": "public::TestAttend::test_masked_key_is_as_if_absent"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = (scores * mask).softmax(-1)
    return weights.masked_fill(~mask, 0) @ v
