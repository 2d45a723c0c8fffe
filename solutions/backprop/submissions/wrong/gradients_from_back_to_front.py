"""The gradients are returned in the order in which they were found, the last layer first."""

LOSES = {
    "backpropagate.gradient": "hidden::TestBackpropagate::test_gradients[two_layers]",
    "backpropagate.speed": "hidden::TestBackpropagate::test_speed",
}


def backpropagate(x, labels, weights, biases):
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1]):
        z = inputs[-1] @ weight + bias
        inputs.append(np.exp(-np.logaddexp(0, -z)))
    loss, pull = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    (delta,) = pull(np.ones(()))
    weight_gradients, bias_gradients = [], []
    for layer in reversed(range(len(weights))):
        a = inputs[layer]
        weight_gradients.append(a.T @ delta)
        bias_gradients.append(delta.sum(axis=0))
        if layer:
            delta = delta @ weights[layer].T * a * (1 - a)
    return float(loss), weight_gradients, bias_gradients
