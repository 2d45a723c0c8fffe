"""Every hidden layer gets its delta through the weights of the last layer: right for one hidden layer only."""

LOSES = {"backpropagate.gradient": "hidden::TestBackpropagate::test_gradients[four_layers]"}


def backpropagate(x, labels, weights, biases):
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1]):
        z = inputs[-1] @ weight + bias
        inputs.append(np.exp(-np.logaddexp(0, -z)))
    loss, pull = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    (delta,) = pull(np.ones(()))
    weight_gradients, bias_gradients, last = [], [], delta
    for layer in reversed(range(len(weights))):
        a = inputs[layer]
        weight_gradients.append(a.T @ delta)
        bias_gradients.append(delta.sum(axis=0))
        if layer:
            delta = last @ np.resize(weights[-1].T, (last.shape[1], a.shape[1])) * a * (1 - a)
    return float(loss), weight_gradients[::-1], bias_gradients[::-1]
