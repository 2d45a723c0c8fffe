"""The additive score has no tanh: what is left is a sum of one number for the query and one for the key, so all queries like the same keys."""

LOSES = {"attention_scores.correctness": "public::TestAttentionScores::test_additive"}


def attention_scores(q, k, additive=None):
    if additive is not None:
        return (q.unsqueeze(-2) + k.unsqueeze(-3)) @ additive
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
