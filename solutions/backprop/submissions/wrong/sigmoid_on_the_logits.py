"""The last layer goes through the sigmoid too: logits then lie between 0 and 1, and no class can be sure."""

LOSES = {"backpropagate.correctness": "public::TestBackpropagate::test_loss"}


def backpropagate(x, labels, weights, biases):
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1]):
        z = inputs[-1] @ weight + bias
        inputs.append(np.exp(-np.logaddexp(0, -z)))
    logits = np.exp(-np.logaddexp(0, -(inputs[-1] @ weights[-1] + biases[-1])))
    loss, pull = softmax_cross_entropy(logits, labels)
    (delta,) = pull(np.ones(()))
    weight_gradients, bias_gradients = [], []
    for layer in reversed(range(len(weights))):
        a = inputs[layer]
        weight_gradients.append(a.T @ delta)
        bias_gradients.append(delta.sum(axis=0))
        if layer:
            delta = delta @ weights[layer].T * a * (1 - a)
    return float(loss), weight_gradients[::-1], bias_gradients[::-1]
