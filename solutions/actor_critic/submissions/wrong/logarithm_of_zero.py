"""The logarithm is taken of probabilities that have become 0: large logits and forbidden actions give NaN or an entropy that is cut short."""

LOSES = {
    "entropy.property": "public::TestEntropy::test_large_logits",
    "entropy.gradient": "public::TestEntropy::test_slopes_are_finite",
}


def entropy(logits):
    exponentials = logits.exp()
    probs = exponentials / exponentials.sum(-1, keepdim=True)
    return -torch.where(probs > 0, probs * probs.clamp(min=1e-300).log(), 0).sum(-1)
