"""The losses of the examples are averaged: here they are added up."""

LOSES = {"softmax_cross_entropy.correctness": "public::TestSoftmaxCrossEntropy::test_equal_logits"}


def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    target = np.eye(logits.shape[1])[labels]

    def pull(upstream):
        return (upstream * (np.exp(log_p) - target) / len(labels),)

    return -(target * log_p).sum() / len(labels), pull
