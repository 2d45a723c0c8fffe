"""The queries are answered one after the other in a Python loop: right, and far slower than one product of matrices."""

LOSES = {"attend.speed": "hidden::TestAttend::test_speed"}


def attend(q, k, v, mask=None, normalise="softmax"):
    answers = []
    for i in range(q.shape[-2]):
        scores = attention_scores(q[..., i : i + 1, :], k)
        seen = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask[..., i : i + 1, :]
        if normalise == "relu":
            weights = scores.relu() / seen.sum(-1, keepdim=True).clamp(min=1)
        else:
            weights = scores.masked_fill(~seen, -math.inf).softmax(-1)
        answers.append(weights.masked_fill(~seen, 0) @ v)
    return torch.cat(answers, dim=-2)
