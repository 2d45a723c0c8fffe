"""The pull subtracts the target in place from the probabilities that it has kept: the second call subtracts it twice."""

LOSES = {"softmax_cross_entropy.property": "public::TestSoftmaxCrossEntropy::test_pull_again"}


def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(log_p)

    def pull(upstream):
        p[rows, labels] -= 1
        return (upstream * p,)

    return -log_p[rows, labels].sum(), pull
