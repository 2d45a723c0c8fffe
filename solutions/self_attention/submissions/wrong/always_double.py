"""Everything is computed and returned in double precision, also where single precision was given: half as fast and not what was asked."""

LOSES = {"attend.property": "public::TestAttend::test_precision_is_kept"}


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k).double()
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    if normalise == "relu":
        weights = scores.relu() / mask.sum(-1, keepdim=True).clamp(min=1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights.masked_fill(~mask, 0) @ v.double()
