"""The matrix of scores is transposed: its rows belong to the keys and not to the queries."""

LOSES = {"attention_scores.correctness": "public::TestAttentionScores::test_dot_product"}


def attention_scores(q, k, additive=None):
    if additive is not None:
        return (q.unsqueeze(-2) + k.unsqueeze(-3)).tanh() @ additive
    return k @ q.transpose(-2, -1) / math.sqrt(q.shape[-1])
