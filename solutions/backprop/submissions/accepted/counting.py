"""A node is visited when all that was computed from it has been: the engine counts; computed nodes keep their gradient as in micrograd."""


def unbroadcast(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and gradient.shape[axis] != 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return np.array(gradient)


def elementwise(*inputs, op):
    values = {
        "add": lambda a, b: a + b,
        "multiply": lambda a, b: a * b,
        "divide": lambda a, b: a / b,
        "exp": lambda x: np.exp(x),
        "log": lambda x: np.log(x),
        "sigmoid": lambda x: 0.5 * (1 + np.tanh(x / 2)),
        "relu": lambda x: x * (x > 0),
    }
    value = values[op](*inputs)
    pulls = {
        "add": lambda g, a, b: (g, g),
        "multiply": lambda g, a, b: (g * b, g * a),
        "divide": lambda g, a, b: (g / b, -g * value / b),
        "exp": lambda g, x: (g * value,),
        "log": lambda g, x: (g / x,),
        "sigmoid": lambda g, x: (g / (2 * np.cosh(np.clip(x, -300, 300) / 2)) ** 2,),
        "relu": lambda g, x: (np.where(x > 0, g, 0.0),),
    }

    def pull(upstream):
        return [unbroadcast(found, each.shape) for found, each in zip(pulls[op](upstream, *inputs), inputs)]

    return value, pull


def matmul(a, b):
    def pull(g):
        return unbroadcast(np.einsum("...ik,...jk->...ij", g, b), a.shape), unbroadcast(np.einsum("...ki,...kj->...ij", a, g), b.shape)

    return np.einsum("...ij,...jk->...ik", a, b), pull


def backward(output, upstream=None):
    users = {}
    found, waiting = set(), [output]
    while waiting:
        node = waiting.pop()
        if node in found or not node.needs_grad:
            continue
        found.add(node)
        for parent in node.parents:
            users[parent] = users.get(parent, 0) + 1
            waiting.append(parent)
    for node in found:
        if node.parents:
            node.grad = None
    start = np.ones(output.value.shape) if upstream is None else np.array(upstream)
    ready, visited = [], 0
    if output.needs_grad:
        output.grad = start if output.grad is None else output.grad + start
        ready.append(output)
    while ready:
        node = ready.pop()
        if node.pull is None:
            continue
        visited += 1
        for parent, part in zip(node.parents, node.pull(node.grad)):
            if not parent.needs_grad:
                continue
            parent.grad = np.array(part) if parent.grad is None else parent.grad + part
            users[parent] -= 1
            if users[parent] == 0:
                ready.append(parent)
    return visited


def softmax_cross_entropy(logits, labels):
    log_sum = np.logaddexp.reduce(logits, axis=1)
    right = logits[np.arange(len(labels)), labels]

    def pull(upstream):
        gradient = np.exp(logits - log_sum[:, None])
        gradient[np.arange(len(labels)), labels] -= 1
        return (gradient * upstream,)

    return float((log_sum - right).sum()), pull


def backpropagate(x, labels, weights, biases):
    def through(a, layer):
        z = a @ weights[layer] + biases[layer]
        if layer + 1 == len(weights):
            loss, pull = softmax_cross_entropy(z, labels)
            delta = pull(1.0)[0]
            of_weights, of_biases = [], []
        else:
            s = 0.5 * (1 + np.tanh(z / 2))
            loss, back, of_weights, of_biases = through(s, layer + 1)
            delta = back * s * (1 - s)
        return loss, delta @ weights[layer].T, [a.T @ delta, *of_weights], [delta.sum(0), *of_biases]

    loss, _, of_weights, of_biases = through(x, 0)
    return loss, of_weights, of_biases


class MLP:
    def __init__(self, weights, biases):
        self.weights = [Node(np.array(weight), needs_grad=True) for weight in weights]
        self.biases = [Node(np.array(bias), needs_grad=True) for bias in biases]

    def logits(self, x):
        *hidden, last = zip(self.weights, self.biases)
        a = Node(x)
        for weight, bias in hidden:
            a = apply(elementwise, self.linear(a, weight, bias), op="sigmoid")
        return self.linear(a, *last)

    def linear(self, a, weight, bias):
        return apply(elementwise, apply(matmul, a, weight), bias, op="add")

    def predict(self, x):
        return np.argmax(self.logits(x).value, axis=-1)

    def step(self, chunks, rate):
        losses = []
        for x, labels in chunks:
            loss = apply(softmax_cross_entropy, self.logits(x), labels=labels)
            backward(loss)
            losses.append(loss.value)
        for leaf in self.weights + self.biases:
            leaf.value -= rate * leaf.grad
            leaf.grad = None
        return sum(losses).item()
