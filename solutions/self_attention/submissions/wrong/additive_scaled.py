"""The additive score is divided by the root of d, which belongs to the dot product alone."""

LOSES = {"attention_scores.correctness": "public::TestAttentionScores::test_additive"}


def attention_scores(q, k, additive=None):
    scores = q @ k.transpose(-2, -1) if additive is None else (q.unsqueeze(-2) + k.unsqueeze(-3)).tanh() @ additive
    return scores / math.sqrt(q.shape[-1])
