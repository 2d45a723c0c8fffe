"""The minus sign is missing: this is the negative entropy, and it would make the policy decide as early as possible."""

LOSES = {"entropy.correctness": "public::TestEntropy::test_handout_example"}


def entropy(logits):
    log_probs = logits.log_softmax(-1)
    return (log_probs.exp() * log_probs.masked_fill(log_probs == -math.inf, 0)).sum(-1)
