"""The parameters are the caller's own arrays: whoever changes those afterwards changes the network."""

LOSES = {"MLP.property": "public::TestMLP::test_arrays_are_copied"}


class MLP:
    def __init__(self, weights, biases):
        self.weights = [Node(weight, needs_grad=True) for weight in weights]
        self.biases = [Node(bias, needs_grad=True) for bias in biases]
