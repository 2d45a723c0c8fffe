"""The dot products are not divided by the root of d: with long vectors the softmax picks one key alone, and its gradient dies."""

LOSES = {"attention_scores.correctness": "public::TestAttentionScores::test_long_vectors"}


def attention_scores(q, k, additive=None):
    if additive is not None:
        return (q.unsqueeze(-2) + k.unsqueeze(-3)).tanh() @ additive
    return q @ k.transpose(-2, -1)
