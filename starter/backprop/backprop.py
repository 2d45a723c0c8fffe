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
    raise NotImplementedError("unbroadcast is yours to write")


def elementwise(*inputs: np.ndarray, op: str) -> tuple[np.ndarray, Pull]:
    """Compute an operation entry by entry, and the way back.

    inputs: one array for "exp", "log" (natural), "sigmoid", "relu"; two that broadcast, a and b, for "add", "multiply", "divide" (a / b)

    Return `(value, pull)`.
    value: the result; "sigmoid" is right, and neither infinite nor NaN, however large |x| is
    pull: takes the gradient with respect to the value and returns a tuple: for each input its gradient, of the input's shape.
    It may be called several times and does not change what it is given. The slope of "relu" at 0 is 0.
    """
    raise NotImplementedError("elementwise is yours to write")


def matmul(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Multiply matrices, and compute the way back.

    a: (..., rows, inner), b: (..., inner, columns); axes before the last two broadcast, so one matrix may serve a whole batch

    Return `(value, pull)`.
    value: (..., rows, columns)
    pull: takes the gradient with respect to the value and returns those with respect to a and b, each of its input's shape.
    It may be called several times and does not change what it is given.
    """
    raise NotImplementedError("matmul is yours to write")


def backward(output: Node, upstream: np.ndarray | None = None) -> int:
    """Send a gradient from `output` back through everything that it was computed from, however long the way is.

    output: a node; the quantity whose gradient is wanted depends on it
    upstream: the gradient of that quantity with respect to `output`, of its shape; ones where nothing is given

    The gradient with respect to each leaf that needs one is *added* to the leaf's `grad`; None counts as zeros.
    The `grad` of any other leaf stays as it is; what stands in the `grad` of a computed node does not matter.
    `upstream` is not changed, and the graph can be used again.

    Return how many pulls were called: one for each computed node that needs a gradient and that `output` depends on, itself included.
    """
    raise NotImplementedError("backward is yours to write")


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Add up, over a batch, the surprise of a softmax at the right class; compute the way back.

    logits: (batch, classes)
    labels: (batch,) int64, the right class of each example

    Return `(value, pull)`.
    value: a single number, the sum over n of C^n = -log softmax(logits^n) at labels^n (no mean); exact however large the logits are
    pull: takes the gradient with respect to the value, a single number, and returns that with respect to the logits, as a tuple of one.
    It may be called several times.
    """
    raise NotImplementedError("softmax_cross_entropy is yours to write")


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
    raise NotImplementedError("backpropagate is yours to write")


class MLP:
    """A classifier built on the engine: hidden layers with sigmoid make features, the last layer gives logits.

    weights, biases: one leaf for each layer, in the order of the layers
    """

    weights: list[Node]
    biases: list[Node]

    def __init__(self, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> None:
        """Make leaves that need a gradient of copies of the arrays, (inputs_l, outputs_l) and (outputs_l,) of layer l."""
        raise NotImplementedError("MLP.__init__ is yours to write")

    def logits(self, x: np.ndarray) -> Node:
        """Return the node of the logits (batch, classes) of examples x: (batch, inputs)."""
        raise NotImplementedError("MLP.logits is yours to write")

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return (batch,) int64: for each example of x: (batch, inputs) the class with the largest logit."""
        raise NotImplementedError("MLP.predict is yours to write")

    def step(self, chunks: Sequence[tuple[np.ndarray, np.ndarray]], rate: float) -> float:
        """Take one step of gradient descent on the loss of all chunks together, parameter - rate * gradient.

        chunks: pairs (x, labels) as for `softmax_cross_entropy`; each is run forward and backward by itself, to save memory

        Return the sum of the losses of all chunks, before the step. No step leaves anything behind for the next but the parameters.
        """
        raise NotImplementedError("MLP.step is yours to write")
