"""The logits are computed outside of the engine and know no way back: the step gets its gradients elsewhere."""

LOSES = {"MLP.gradient": "public::TestMLP::test_slopes"}


class MLP:
    def __init__(self, weights, biases):
        self.weights = [Node(weight.copy(), needs_grad=True) for weight in weights]
        self.biases = [Node(bias.copy(), needs_grad=True) for bias in biases]

    def logits(self, x):
        a = Node(x)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            a = apply(elementwise, apply(matmul, a, weight), bias, op="add")
            if layer < len(self.weights) - 1:
                a = apply(elementwise, a, op="sigmoid")
        return Node(a.value)

    def predict(self, x):
        return self.logits(x).value.argmax(axis=1)

    def step(self, chunks, rate):
        loss = 0.0
        parameters = [*self.weights, *self.biases]
        for parameter in parameters:
            parameter.grad = None
        for x, labels in chunks:
            values = [[leaf.value for leaf in leaves] for leaves in (self.weights, self.biases)]
            cost, of_weights, of_biases = backpropagate(x, labels, *values)
            for parameter, gradient in zip(parameters, [*of_weights, *of_biases]):
                parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
            loss += cost
        for parameter in parameters:
            parameter.value = parameter.value - rate * parameter.grad
        return loss
