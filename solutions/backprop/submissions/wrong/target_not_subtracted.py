"""The logits get their probabilities as gradient, and the right class is not pulled up: the target is missing."""

LOSES = {"softmax_cross_entropy.gradient": "public::TestSoftmaxCrossEntropy::test_output_layer"}


def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    target = np.eye(logits.shape[1])[labels]

    def pull(upstream):
        return (upstream * np.exp(log_p),)

    return -(target * log_p).sum(), pull
