"""The pull of the loss ignores what comes from above, as if the loss were always the end of the computation."""

LOSES = {"softmax_cross_entropy.gradient": "hidden::TestSoftmaxCrossEntropy::test_gradients"}


def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    target = np.eye(logits.shape[1])[labels]

    def pull(upstream):
        return (np.exp(log_p) - target,)

    return -(target * log_p).sum(), pull
