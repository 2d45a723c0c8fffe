"""Longest distances sort the graph, one graph of several losses serves all chunks, and loops stand where speed is not asked."""

import math


def unbroadcast(gradient, shape):
    full = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    result = gradient
    for axis in range(gradient.ndim):
        if full[axis] == 1:
            result = np.add.reduce(result, axis=axis, keepdims=True)
    return np.reshape(result, shape)


def elementwise(*inputs, op):
    if len(inputs) == 1:
        return one(inputs[0], op)
    return two(*inputs, op)


def one(x, op):
    if op == "exp":
        value = np.exp(x)
        slope = value
    elif op == "log":
        value = np.log(x)
        slope = x**-1.0
    elif op == "sigmoid":
        small = np.exp(-np.abs(x))
        value = np.where(x >= 0, 1, small) / (1 + small)
        slope = small / (1 + small) ** 2
    elif op == "relu":
        slope = np.heaviside(x, 0.0)
        value = slope * x
    return value, lambda upstream: (upstream * slope,)


def two(a, b, op):
    if op == "add":
        return np.add(a, b), lambda upstream: (unbroadcast(upstream, a.shape), unbroadcast(upstream, b.shape))
    if op == "divide":
        value, other = two(a, b**-1.0, "multiply")

        def pull(upstream):
            to_a, to_inverse = other(upstream)
            return to_a, -to_inverse * b**-2.0

        return value, pull
    return a * b, lambda upstream: (unbroadcast(upstream * b, a.shape), unbroadcast(a * upstream, b.shape))


def matmul(a, b):
    value = np.matmul(a, b)

    def pull(upstream):
        to_a = np.matmul(upstream, np.moveaxis(b, -1, -2))
        if b.ndim == 2 and a.ndim > 2:
            flat = a.reshape(-1, a.shape[-1])
            return to_a, flat.T @ upstream.reshape(-1, upstream.shape[-1])
        return unbroadcast(to_a, a.shape), unbroadcast(np.matmul(np.moveaxis(a, -1, -2), upstream), b.shape)

    return value, pull


def backward(output, upstream=None):
    if not output.needs_grad:
        return 0
    # Forward distances from the leaves, worked off with a stack: a node is done when all its parents are.
    height, waiting = {}, [output]
    while waiting:
        node = waiting[-1]
        missing = [parent for parent in node.parents if parent.needs_grad and id(parent) not in height]
        if missing:
            waiting.extend(missing)
            continue
        waiting.pop()
        height[id(node)] = (1 + max([height[id(parent)][0] for parent in node.parents if parent.needs_grad], default=0), node)
    received = {key: [] for key in height}
    received[id(output)].append(np.ones_like(output.value) if upstream is None else upstream)
    called = 0
    for _, node in sorted(height.values(), key=lambda pair: -pair[0]):
        gradient = sum(received[id(node)])
        if not node.parents:
            node.grad = 0.0 + gradient if node.grad is None else node.grad + gradient
            continue
        called += 1
        for parent, part in zip(node.parents, node.pull(gradient)):
            if parent.needs_grad:
                received[id(parent)].append(part)
    return called


def softmax_cross_entropy(logits, labels):
    probabilities, loss = [], 0.0
    for row, label in zip(logits, labels):
        top = max(row)
        surplus = sum(math.exp(entry - top) for entry in row)
        loss += top + math.log(surplus) - row[label]
        probabilities.append([math.exp(entry - top) / surplus for entry in row])

    def pull(upstream):
        gradient = np.array(probabilities)
        for n, label in enumerate(labels):
            gradient[n, label] -= 1.0
        return (float(upstream) * gradient,)

    return np.array(loss), pull


def backpropagate(x, labels, weights, biases):
    a, kept = x, []
    for weight, bias in zip(weights, biases):
        kept.append(a)
        z = a.dot(weight) + bias
        a = 1 / (1 + np.exp(-z))
    loss, pull = softmax_cross_entropy(z, labels)
    delta = pull(1.0)[0]
    of_weights, of_biases = [None] * len(weights), [None] * len(biases)
    layer = len(weights) - 1
    while True:
        of_weights[layer] = kept[layer].T.dot(delta)
        of_biases[layer] = np.ones(len(x)).dot(delta)
        if layer == 0:
            return float(loss), of_weights, of_biases
        delta = kept[layer] * (1 - kept[layer]) * delta.dot(weights[layer].T)
        layer -= 1


class MLP:
    def __init__(self, weights, biases):
        self.weights, self.biases = [], []
        for weight, bias in zip(weights, biases):
            self.weights.append(Node(weight + 0.0, needs_grad=True))
            self.biases.append(Node(bias + 0.0, needs_grad=True))

    def logits(self, x):
        node = Node(x)
        for number in range(len(self.weights)):
            if number > 0:
                node = apply(elementwise, node, op="sigmoid")
            node = apply(matmul, node, self.weights[number])
            node = apply(elementwise, node, self.biases[number], op="add")
        return node

    def predict(self, x):
        best = [max(range(len(row)), key=row.tolist().__getitem__) for row in self.logits(x).value]
        return np.array(best, dtype=np.int64)

    def step(self, chunks, rate):
        loss = Node(0.0)
        for x, labels in chunks:
            loss = apply(elementwise, loss, apply(softmax_cross_entropy, self.logits(x), labels=labels), op="add")
        backward(loss)
        for leaves in (self.weights, self.biases):
            for place, leaf in enumerate(leaves):
                leaves[place] = Node(leaf.value - rate * leaf.grad, needs_grad=True)
        return loss.value.item()
