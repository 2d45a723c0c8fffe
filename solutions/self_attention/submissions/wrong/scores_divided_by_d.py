"""The dot products are divided by d and not by its root: with long vectors all scores are nearly the same."""

LOSES = {"attention_scores.correctness": "public::TestAttentionScores::test_long_vectors"}


def attention_scores(q, k, additive=None):
    if additive is not None:
        return (q.unsqueeze(-2) + k.unsqueeze(-3)).tanh() @ additive
    return q @ k.transpose(-2, -1) / q.shape[-1]
