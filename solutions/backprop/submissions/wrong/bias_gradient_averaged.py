"""The gradient of a bias is averaged over the examples, and that of a weight is added up."""

LOSES = {
    "backpropagate.gradient": "public::TestBackpropagate::test_sum_over_examples",
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
        bias_gradients.append(delta.mean(axis=0))
        if layer:
            delta = delta @ weights[layer].T * a * (1 - a)
    return float(loss), weight_gradients[::-1], bias_gradients[::-1]
