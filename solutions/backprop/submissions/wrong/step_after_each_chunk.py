"""The parameters move after each chunk: the next chunk sees another network, and its gradient is another one."""

LOSES = {
    "MLP.property": "public::TestMLP::test_chunks_make_no_difference",
    "integration": "hidden::TestIntegration::test_learning",
}


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
        return a

    def predict(self, x):
        return self.logits(x).value.argmax(axis=1)

    def step(self, chunks, rate):
        loss = 0.0
        parameters = [*self.weights, *self.biases]
        for x, labels in chunks:
            cost = apply(softmax_cross_entropy, self.logits(x), labels=labels)
            backward(cost)
            loss += float(cost.value)
            for parameter in parameters:
                parameter.value = parameter.value - rate * parameter.grad
                parameter.grad = None
        return loss
