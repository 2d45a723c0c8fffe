"""Backpropagation: every step of a computation knows how to hand a gradient back to what it was computed from."""

from collections.abc import Callable, Sequence

import numpy as np

Pull = Callable[[np.ndarray], tuple[np.ndarray, ...]]


class Node:
    """An array that knows what it was computed from.

    value: float64 array
    parents: the nodes that it was computed from, in the order of the primitive's inputs; () for a leaf
    pull: turns the gradient with respect to this node into one gradient for each parent; None for a leaf
    needs_grad: True for a leaf that is to be learned, and for whatever depends on one
    grad: what `backward` has added up for a leaf that needs it, an array of the shape of `value`; None before that
    """

    __slots__ = ("grad", "needs_grad", "parents", "pull", "value")

    def __init__(self, value: object, parents: Sequence["Node"] = (), pull: Pull | None = None, needs_grad: bool = False) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.parents = tuple(parents)
        self.pull = pull
        self.needs_grad = needs_grad
        self.grad: np.ndarray | None = None


def apply(primitive: Callable, *inputs: Node, **options: object) -> Node:
    """Compute a primitive of the values of nodes and remember the way back: `apply(elementwise, a, b, op="add")`."""
    value, pull = primitive(*(node.value for node in inputs), **options)
    return Node(value, inputs, pull, needs_grad=any(node.needs_grad for node in inputs))


def total(x: np.ndarray, axis: int | None = None) -> tuple[np.ndarray, Pull]:
    """Add up all entries, or those along one axis, which disappears. An example of a primitive: it returns `(value, pull)`."""
    value = np.asarray(x.sum(axis=axis))

    def pull(upstream: np.ndarray) -> tuple[np.ndarray]:
        """Hand every entry the gradient of the sum that it went into."""
        if axis is not None:
            upstream = np.expand_dims(upstream, axis)
        return (np.broadcast_to(upstream, x.shape).copy(),)

    return value, pull


def unbroadcast(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Add up, for each entry of an array of this shape, the gradients of all the copies that broadcasting made of it.

    gradient: the gradient with respect to the array after it was broadcast
    shape: of the array before; it can be broadcast to the shape of `gradient`

    Return an array of this shape.
    """
    added = gradient.ndim - len(shape)
    stretched = tuple(i for i, size in enumerate(shape, start=added) if size == 1)
    return gradient.sum(axis=(*range(added), *stretched), keepdims=True).reshape(shape)


def elementwise(*inputs: np.ndarray, op: str) -> tuple[np.ndarray, Pull]:
    """Compute an operation entry by entry, and the way back.

    inputs: one array for "exp", "log" (natural), "sigmoid", "relu"; two that broadcast, a and b, for "add", "multiply", "divide" (a / b)

    Return `(value, pull)`.
    value: the result; "sigmoid" is right, and neither infinite nor NaN, however large |x| is
    pull: takes the gradient with respect to the value and returns a tuple: for each input its gradient, of the input's shape.
    It may be called several times and does not change what it is given. The slope of "relu" at 0 is 0.
    """
    a, b = inputs[0], inputs[-1]
    if op == "add":
        value, slopes = a + b, (1.0, 1.0)
    elif op == "multiply":
        value, slopes = a * b, (b, a)
    elif op == "divide":
        value, slopes = a / b, (1 / b, -a / b**2)
    elif op == "exp":
        value = np.exp(a)
        slopes = (value,)
    elif op == "log":
        value, slopes = np.log(a), (1 / a,)
    elif op == "sigmoid":
        value = np.exp(-np.logaddexp(0, -a))  # the exponential of a number that is never positive cannot overflow
        slopes = (value * (1 - value),)
    elif op == "relu":
        value, slopes = np.maximum(a, 0), (a > 0,)
    else:
        raise ValueError(f"there is no operation {op!r}")

    def pull(upstream: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(unbroadcast(upstream * slope, each.shape) for slope, each in zip(slopes, inputs, strict=True))

    return value, pull


def matmul(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Multiply matrices, and compute the way back.

    a: (..., rows, inner), b: (..., inner, columns); axes before the last two broadcast, so one matrix may serve a whole batch

    Return `(value, pull)`.
    value: (..., rows, columns)
    pull: takes the gradient with respect to the value and returns those with respect to a and b, each of its input's shape.
    It may be called several times and does not change what it is given.
    """

    def pull(upstream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        to_a = upstream @ np.swapaxes(b, -1, -2)
        to_b = np.swapaxes(a, -1, -2) @ upstream
        return unbroadcast(to_a, a.shape), unbroadcast(to_b, b.shape)

    return a @ b, pull


def backward(output: Node, upstream: np.ndarray | None = None) -> int:
    """Send a gradient from `output` back through everything that it was computed from, however long the way is.

    output: a node; the quantity whose gradient is wanted depends on it
    upstream: the gradient of that quantity with respect to `output`, of its shape; ones where nothing is given

    The gradient with respect to each leaf that needs one is *added* to the leaf's `grad`; None counts as zeros.
    The `grad` of any other leaf stays as it is; what stands in the `grad` of a computed node does not matter.
    `upstream` is not changed, and the graph can be used again.

    Return how many pulls were called: one for each computed node that needs a gradient and that `output` depends on, itself included.
    """
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        node, is_done = waiting.pop()
        if is_done:
            order.append(node)  # after everything that it was computed from
        elif node.needs_grad and node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(parent, False) for parent in node.parents]
    sums = {output: np.ones_like(output.value) if upstream is None else upstream}
    for node in reversed(order):
        gradient = sums.pop(node)
        if node.pull is None:
            node.grad = gradient.copy() if node.grad is None else node.grad + gradient
            continue
        for parent, part in zip(node.parents, node.pull(gradient), strict=True):
            if parent.needs_grad:
                sums[parent] = sums[parent] + part if parent in sums else part
    return sum(node.pull is not None for node in order)


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Add up, over a batch, the surprise of a softmax at the right class; compute the way back.

    logits: (batch, classes)
    labels: (batch,) int64, the right class of each example

    Return `(value, pull)`.
    value: a single number, the sum over n of C^n = -log softmax(logits^n) at labels^n (no mean); exact however large the logits are
    pull: takes the gradient with respect to the value, a single number, and returns that with respect to the logits, as a tuple of one.
    It may be called several times.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    target = np.eye(logits.shape[1])[labels]  # (batch, classes), one-hot

    def pull(upstream: np.ndarray) -> tuple[np.ndarray]:
        return (upstream * (np.exp(log_p) - target),)

    return -(target * log_p).sum(), pull


def backpropagate(
    x: np.ndarray, labels: np.ndarray, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]
) -> tuple[float, list[np.ndarray], list[np.ndarray]]:
    """Compute the loss of a network and all its gradients by hand: a forward pass that remembers, and a backward pass in matrices.

    x: (batch, inputs)
    labels: (batch,) int64
    weights, biases: of layer l (inputs_l, outputs_l) and (outputs_l,). Every layer is z = a W + b; all but the last hand on a = sigmoid(z),
    and the z of the last are the logits of `softmax_cross_entropy`. There may be one layer or many.

    Return `(loss, weight_gradients, bias_gradients)`: the sum over the batch, and lists in the order of the layers.
    """
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
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
            delta = delta @ weights[layer].T * a * (1 - a)  # of the layer before, whose output is a
    return float(loss), weight_gradients[::-1], bias_gradients[::-1]


class MLP:
    """A classifier built on the engine: hidden layers with sigmoid make features, the last layer gives logits.

    weights, biases: one leaf for each layer, in the order of the layers
    """

    weights: list[Node]
    biases: list[Node]

    def __init__(self, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> None:
        """Make leaves that need a gradient of copies of the arrays, (inputs_l, outputs_l) and (outputs_l,) of layer l."""
        self.weights = [Node(weight.copy(), needs_grad=True) for weight in weights]
        self.biases = [Node(bias.copy(), needs_grad=True) for bias in biases]

    def logits(self, x: np.ndarray) -> Node:
        """Return the node of the logits (batch, classes) of examples x: (batch, inputs)."""
        a = Node(x)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            a = apply(elementwise, apply(matmul, a, weight), bias, op="add")
            if layer < len(self.weights) - 1:
                a = apply(elementwise, a, op="sigmoid")
        return a

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return (batch,) int64: for each example of x: (batch, inputs) the class with the largest logit."""
        return self.logits(x).value.argmax(axis=1)

    def step(self, chunks: Sequence[tuple[np.ndarray, np.ndarray]], rate: float) -> float:
        """Take one step of gradient descent on the loss of all chunks together, parameter - rate * gradient.

        chunks: pairs (x, labels) as for `softmax_cross_entropy`; each is run forward and backward by itself, to save memory

        Return the sum of the losses of all chunks, before the step. No step leaves anything behind for the next but the parameters.
        """
        loss = 0.0
        parameters = [*self.weights, *self.biases]
        for parameter in parameters:
            parameter.grad = None
        for x, labels in chunks:
            cost = apply(softmax_cross_entropy, self.logits(x), labels=labels)
            backward(cost)
            loss += float(cost.value)
        for parameter in parameters:
            parameter.value = parameter.value - rate * parameter.grad
        return loss
