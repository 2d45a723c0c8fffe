"""Public grader of `backprop`."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from grader import checks
from grader.plugin import kind, probe, task

# The network of the handout: one example, two hidden neurons, two classes, and everything that is computed on the way.
X, LABELS = np.array([[2.0, 1.0]]), np.array([0])
W1, B1 = np.array([[1.0, -1.0], [-2.0, 2.0]]), np.array([0.0, math.log(3)])
W2, B2 = np.array([[2.0, 4.0], [0.0, 4.0]]), np.array([-1.0, math.log(3) - 5])
HIDDEN = np.array([[0.5, 0.75]])
LOGITS = np.array([[0.0, math.log(3)]])
LOSS = math.log(4)
DELTA = np.array([[-0.75, 0.75]])
GRAD_W2, GRAD_B2 = np.array([[-0.375, 0.375], [-0.5625, 0.5625]]), np.array([-0.75, 0.75])
GRAD_W1, GRAD_B1 = np.array([[0.75, 1.125], [0.375, 0.5625]]), np.array([0.375, 0.5625])

# The leaf of many a graph: of two entries, because one number alone looks like too many mistakes to name one.
TWO = np.ones(2)

# Each operation on two entries: what goes in, and what comes out.
VALUES = {
    "add": (([1.0, 2.0], [10.0, 20.0]), [11.0, 22.0]),
    "multiply": (([3.0, 2.0], [4.0, -5.0]), [12.0, -10.0]),
    "divide": (([3.0, 2.0], [4.0, -5.0]), [0.75, -0.4]),
    "exp": (([0.0, math.log(3)],), [1.0, 3.0]),
    "log": (([1.0, math.e],), [0.0, 1.0]),
    "sigmoid": (([0.0, math.log(3)],), [0.5, 0.75]),
    "relu": (([-2.0, 3.0],), [0.0, 3.0]),
}


@probe
def pulled(student, name, upstream, inputs, options):
    """Return what the pull of a primitive makes of an upstream gradient."""
    _, pull = getattr(student, name)(*inputs, **options)
    return pull(upstream)


@probe
def pulled_twice(student, name, upstream, inputs, options):
    """Return what a pull gives at first and when it is called once more, and the upstream gradient after the first call."""
    _, pull = getattr(student, name)(*inputs, **options)
    again = upstream.copy()
    first = [np.array(each) for each in pull(upstream)]
    return first, pull(again), upstream


@probe
def elementwise_and_gradients(student, upstream, *arguments):
    """Return the value of an operation, and what its pull makes of `upstream`. The last argument is the operation's name."""
    *inputs, op = arguments
    value, pull = student.elementwise(*(each.numpy() for each in inputs), op=op)
    found = pull(upstream.numpy()) if upstream is not None else []
    return torch.from_numpy(np.array(value)), [torch.from_numpy(np.array(each)) for each in found]


@probe
def matmul_and_gradients(student, upstream, a, b):
    """Return a product of matrices, and what its pull makes of `upstream`."""
    value, pull = student.matmul(a.numpy(), b.numpy())
    found = pull(upstream.numpy()) if upstream is not None else []
    return torch.from_numpy(np.array(value)), [torch.from_numpy(np.array(each)) for each in found]


@probe
def loss_and_gradients(student, upstream, logits, labels):
    """Return the loss of a batch, and what its pull makes of `upstream`."""
    value, pull = student.softmax_cross_entropy(logits.numpy(), labels)
    found = pull(upstream.numpy()) if upstream is not None else []
    return torch.from_numpy(np.array(value)), [torch.from_numpy(np.array(each)) for each in found]


@probe
def network_and_gradients(student, upstream, *arguments):
    """Return the loss of a network, times `upstream` its gradients: weights and biases by turns, x and labels last."""
    *parameters, x, labels = arguments
    arrays = [each.numpy() for each in parameters]
    loss, of_weights, of_biases = student.backpropagate(x, labels, arrays[0::2], arrays[1::2])
    found = [each for pair in zip(of_weights, of_biases, strict=False) for each in pair]
    found = [] if upstream is None else [float(upstream) * np.array(each) for each in found]
    return torch.tensor(float(loss), dtype=torch.float64), [torch.from_numpy(each) for each in found]


@probe
def logits_and_gradients(student, upstream, *arguments):
    """Return the logits of an MLP, and what `backward` adds up for its leaves: weights and biases by turns, x last."""
    *parameters, x = arguments
    arrays = [each.numpy() for each in parameters]
    model = student.MLP(arrays[0::2], arrays[1::2])
    out = model.logits(x)
    if upstream is not None:
        student.backward(out, upstream.numpy())
    found = [leaf.grad for pair in zip(model.weights, model.biases, strict=False) for leaf in pair]
    found = [] if upstream is None else [None if each is None else torch.from_numpy(np.array(each)) for each in found]
    return torch.from_numpy(np.array(out.value)), found


@probe
def handout_graph(student, u, v):
    """Build (u + v) v with pulls of its own; return what `backward` returned and the gradients of u and v."""
    u, v = student.Node(u, needs_grad=True), student.Node(v, needs_grad=True)
    c = student.Node(u.value + v.value, (u, v), lambda g: (g, g), True)
    f = student.Node(c.value * v.value, (c, v), lambda g: (g * v.value, g * c.value), True)
    return student.backward(f), [u.grad, v.grad]


@probe
def swept(student, leaves, needed, edges, upstream=None, passes=1):
    """Build a graph of nodes whose slopes with respect to their parents are fixed numbers, and sweep it back from the last node.

    leaves: their values; needed: whether each needs a gradient
    edges: for each computed node its parents, as places in the list of all nodes, and the slope along each edge. The value is the sum of
    slope times parent. Where the slopes are None they are all 1, and the pull hands the very array that it got to every parent.

    Return what `backward` returned in each pass, how often each pull was called, the gradients of the leaves, and `upstream` afterwards.
    """
    nodes = [student.Node(value, needs_grad=need) for value, need in zip(leaves, needed, strict=False)]
    calls = [0] * len(edges)

    def computed(place, parents, slopes):
        def pull(gradient):
            calls[place] += 1
            return tuple(gradient if slopes is None else slope * gradient for slope in slopes or parents)

        value = sum((1 if slopes is None else slopes[i]) * nodes[parent].value for i, parent in enumerate(parents))
        return student.Node(value, [nodes[parent] for parent in parents], pull, any(nodes[parent].needs_grad for parent in parents))

    for place, (parents, slopes) in enumerate(edges):
        nodes.append(computed(place, parents, slopes))
    end = nodes[-1]
    returned = [student.backward(end) if upstream is None else student.backward(end, upstream) for _ in range(passes)]
    return returned, calls, [node.grad for node in nodes[: len(leaves)]], upstream


@probe
def chained(student, length, slope):
    """Build a chain of so many nodes on one leaf; return what `backward` returned and the gradient of the leaf."""
    leaf = student.Node(1.0, needs_grad=True)
    end = leaf
    for _ in range(length):
        end = student.Node(slope * end.value, (end,), lambda g: (slope * g,), True)
    return student.backward(end), leaf.grad


@probe
def seen_by(student, x, weights, biases):
    """Return the logits of a network and the classes that it predicts."""
    model = student.MLP(weights, biases)
    return model.logits(x).value, model.predict(x)


@probe
def trained(student, weights, biases, steps, rate):
    """Return the loss of each step, a list of chunks, and the weights and biases after the last."""
    model = student.MLP(weights, biases)
    losses = [model.step(chunks, rate) for chunks in steps]
    return losses, [leaf.value for leaf in model.weights], [leaf.value for leaf in model.biases]


@probe
def parameters_behind(student, weights, biases):
    """Return what a network's parameters are once the arrays that it was made of hold other numbers."""
    model = student.MLP(weights, biases)
    for array in (*weights, *biases):
        array += 1
    return [leaf.value for leaf in [*model.weights, *model.biases]]


@probe
def two_networks(student, weights, biases, chunks, rate):
    """Train one of two networks made of the same arrays; return the weights of the other, and the arrays."""
    one, other = student.MLP(weights, biases), student.MLP(weights, biases)
    one.step(chunks, rate)
    return [leaf.value for leaf in [*other.weights, *other.biases]], [*weights, *biases]


@probe
def by_hand_and_by_engine(student, x, labels, weights, biases):
    """Return the loss and the gradients of a network by hand, and how far one step at rate 1 moves the same network."""
    loss, of_weights, of_biases = student.backpropagate(x, labels, weights, biases)
    model = student.MLP(weights, biases)
    other = model.step([(x, labels)], 1.0)
    moved = [before - leaf.value for before, leaf in zip([*weights, *biases], [*model.weights, *model.biases], strict=False)]
    return loss, [*of_weights, *of_biases], other, moved


def network(draw, *sizes):
    """Draw weights and biases of layers of these sizes, which keep every neuron between asleep and saturated."""
    pairs = list(pairwise(sizes))
    return [draw.rng.normal(0, m**-0.5, (m, n)) for m, n in pairs], [draw.rng.normal(0, 0.3, n) for _, n in pairs]


def by_turns(weights, biases):
    """Name the parameters of a network as torch tensors, weights and biases by turns."""
    pairs = enumerate(zip(weights, biases, strict=True), start=1)
    return {f"{name}{layer}": torch.from_numpy(each) for layer, pair in pairs for name, each in zip("Wb", pair, strict=True)}


def leaf_gradients(got, expected, hint):
    """Compare the gradients of all leaves; None stands for a leaf that gets none."""
    found = checks.unpack(got, len(expected), what="The list of the leaves' gradients", hint=hint)
    for place, (gradient, wanted) in enumerate(zip(found, expected, strict=True)):
        if wanted is None:
            checks.that(gradient is None, f"Leaf {place} needs no gradient, and its `grad` should stay None.", hint=hint)
        else:
            checks.that(gradient is not None, f"No gradient reaches leaf {place}.", hint=hint)
            checks.close(gradient, np.asarray(wanted, dtype=np.float64), what=f"The gradient of leaf {place}", hint=hint)


def usable(got, shape, what, hint=None):
    """Require a float64 array of this shape whose entries are finite, whatever they are: safe to compute with."""
    checks.close(got, np.zeros(shape), what=what, atol=math.inf, hint=hint)


@task("unbroadcast")
class TestUnbroadcast:
    def test_rows_are_added(self, student):
        """A bias that was added to three examples gets the sum of their gradients: the handout's example."""
        gradient = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        checks.close(student.unbroadcast(gradient, (2,)), np.array([9.0, 12.0]), what="The gradient of the bias", hint=1)

    def test_stretched_axis_stays(self, student):
        """A column of shape (2, 1) that was stretched to three columns gets a column back."""
        gradient = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        checks.close(student.unbroadcast(gradient, (2, 1)), np.array([[6.0], [15.0]]), what="The gradient of the column", hint=2)

    def test_everything_and_nothing(self, student):
        """A number without any axis was copied everywhere; what was not broadcast at all comes back as it is."""
        gradient = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        checks.close(student.unbroadcast(gradient, ()), np.array(21.0), what="The gradient of the number", hint=2)
        checks.close(student.unbroadcast(gradient, (2, 3)), gradient, what="The gradient of the table", hint=1)

    def test_adjoint(self, student, draw):
        """Broadcasting and unbroadcasting belong together: both dot products are the same, whatever the arrays hold."""
        gradient, x = draw("leading batch height width").numpy(), draw("one=1 height end=1").numpy()
        got = student.unbroadcast(gradient, x.shape)
        usable(got, x.shape, what="The gradient", hint=2)
        forward = float((np.broadcast_to(x, gradient.shape) * gradient).sum())
        checks.close(float((x * got).sum()), forward, what="The dot product with the array before it was broadcast", rtol=1e-9, hint=3)


@task("elementwise")
class TestElementwise:
    @pytest.mark.parametrize("op", VALUES)
    def test_value(self, student, op):
        """The values of two entries, known beforehand."""
        inputs, expected = VALUES[op]
        value, _ = checks.unpack(student.elementwise(*map(np.array, inputs), op=op), 2, hint=1)
        checks.close(value, np.array(expected), what=f'The value of "{op}"', hint=1)

    def test_row_and_column(self, student):
        """Two arrays broadcast as they do in NumPy: a column and a row make a table."""
        column, row = np.array([[1.0], [2.0]]), np.array([10.0, 20.0, 30.0])
        value, _ = checks.unpack(student.elementwise(column, row, op="multiply"), 2, hint=1)
        checks.close(value, column * row, what='The value of "multiply"', hint=1)

    @kind("gradient")
    def test_product_and_its_factors(self, student):
        """The slope of a product with respect to one factor is the other: 3 and 4 get 4 and 3, times what comes from above."""
        got = pulled(student, "elementwise", np.array([10.0]), [np.array([3.0]), np.array([4.0])], {"op": "multiply"})
        first, second = checks.unpack(got, 2, what="What the pull returns", hint=2)
        checks.close(first, np.array([40.0]), what="The gradient of the first factor", hint=2)
        checks.close(second, np.array([30.0]), what="The gradient of the second factor", hint=2)

    @kind("gradient")
    def test_relu_at_zero(self, student):
        """What is not above 0 gets nothing through "relu", and 0 itself counts as not above."""
        got = pulled(student, "elementwise", np.array([1.0, 2.0, 3.0]), [np.array([-1.0, 0.0, 1.0])], {"op": "relu"})
        (found,) = checks.unpack(got, 1, what="What the pull returns", hint=2)
        checks.close(found, np.array([0.0, 0.0, 3.0]), what='The gradient through "relu"', hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("op", ["add", "multiply", "divide"])
    def test_slopes_of_two(self, student, draw, op):
        """The gradients with respect to a row and a column that broadcast are the slopes of the value."""
        inputs = {"a": draw("rows one=1"), "b": draw("columns").abs() + 0.5}
        checks.gradients(elementwise_and_gradients, student, inputs, op, rng=draw.rng, hint=3)

    @kind("gradient")
    @pytest.mark.parametrize("op", ["exp", "log", "sigmoid", "relu"])
    def test_slopes_of_one(self, student, draw, op):
        """The gradient is the slope of the value."""
        x = draw("rows columns")
        x = x.abs() + 0.5 if op == "log" else x + 0.1 * x.sign()  # away from the pole, and from the kink
        checks.gradients(elementwise_and_gradients, student, {"x": x}, op, rng=draw.rng, hint=3)

    @kind("property")
    def test_far_out(self, student):
        """The sigmoid of a thousand is 1 and that of minus a thousand is 0; neither overflows, and their slopes are numbers too."""
        x = np.array([-1000.0, 0.0, 1000.0])
        value, _ = checks.unpack(student.elementwise(x, op="sigmoid"), 2, hint=2)
        checks.close(value, np.array([0.0, 0.5, 1.0]), what="The sigmoid far out", hint=2)
        (found,) = checks.unpack(pulled(student, "elementwise", np.ones(3), [x], {"op": "sigmoid"}), 1, hint=2)
        usable(found, (3,), what="The gradient far out", hint=2)

    @kind("property")
    @pytest.mark.parametrize("op", ["add", "multiply", "divide"])
    def test_pull_again(self, student, draw, op):
        """A pull may be called again: the same gradient from above gives the same gradients, and it is not changed."""
        inputs = [draw("rows columns").numpy(), draw("rows columns").abs().numpy() + 0.5]
        upstream = draw("rows columns").numpy()
        found = checks.unpack(pulled_twice(student, "elementwise", upstream, inputs, {"op": op}), 3, hint=3)
        first, second = (checks.unpack(each, 2, what="What the pull returns", hint=3) for each in found[:2])
        checks.close(found[2], upstream, what="The gradient that the pull was given, after the call,", hint=3)
        for once, again in zip(first, second, strict=True):
            usable(once, inputs[0].shape, what="A gradient", hint=3)
            checks.close(again, once, what="A gradient of the second call", hint=3)


@task("matmul")
class TestMatmul:
    def test_value(self, student):
        """The hidden neurons of the handout, times the weights of the last layer."""
        value, _ = checks.unpack(student.matmul(HIDDEN, W2), 2, hint=1)
        checks.close(value, LOGITS - B2, what="The product", hint=1)

    def test_one_matrix_for_a_batch(self, student, draw):
        """One matrix serves every item of a batch."""
        a, b = draw("batch rows inner").numpy(), draw("inner columns").numpy()
        value, _ = checks.unpack(student.matmul(a, b), 2, hint=1)
        checks.close(value, np.stack([each @ b for each in a]), what="The product", hint=1)

    @kind("gradient")
    def test_weight_gets_its_input(self, student):
        """The slope of z = a W with respect to a weight is the input that it is multiplied with, so a weight gets input times delta."""
        got = pulled(student, "matmul", DELTA, [HIDDEN, W2], {})
        to_a, to_b = checks.unpack(got, 2, what="What the pull returns", hint=1)
        checks.close(to_b, GRAD_W2, what="The gradient of the weights", hint=1)
        checks.close(to_a, np.array([[1.5, 3.0]]), what="The gradient of the inputs", hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("axes", ["rows inner", "batch rows inner"], ids=["matrix", "batch"])
    def test_slopes(self, student, draw, axes):
        """The gradients with respect to both factors are the slopes of the product; a matrix that serves a batch gets one for all of it."""
        inputs = {"a": draw(axes), "b": draw("inner columns")}
        checks.gradients(matmul_and_gradients, student, inputs, rng=draw.rng, hint=3)


@task("backward")
class TestBackward:
    def test_handout_graph(self, student):
        """In (u + v) v with u = 2 and v = 3, u gets 3, and v gets 5 directly and 3 by way of the sum."""
        count, found = checks.unpack(handout_graph(student, 2.0, 3.0), 2, hint=1)
        leaf_gradients(found, [3.0, 8.0], 1)
        checks.equal(count, 2, what="The number of pulls that `backward` returns", hint=1)

    @pytest.mark.parametrize(
        ("edges", "expected"),
        [([([0], [2.0]), ([1], [3.0])], 6.0), ([([0], [2.0]), ([0], [5.0]), ([1, 2], [3.0, 7.0])], 41.0)],
        ids=["one", "two"],
    )
    def test_one_path_and_two(self, student, edges, expected):
        """Slopes multiply along a path, 2 times 3, and different paths add up: 2 times 3 plus 5 times 7."""
        count, _, found, _ = checks.unpack(swept(student, [TWO], [True], edges), 4, hint=1)
        leaf_gradients(found, [expected * TWO], 1)
        checks.equal(count, [len(edges)], what="The number of pulls that `backward` returns", hint=1)

    def test_same_parent_twice(self, student):
        """In x + x and in x times x both parents are the same node: it gets both parts."""
        _, _, found, _ = checks.unpack(swept(student, [TWO], [True], [([0, 0], [2.0, 5.0])]), 4, hint=2)
        leaf_gradients(found, [7.0 * TWO], 2)

    @pytest.mark.parametrize("order", [[0, 1, 3], [3, 1, 0]], ids=["short_way_first", "long_way_first"])
    def test_who_waits(self, student, order):
        """A node hands on once everything has arrived: node 1 waits for the long way round, whatever way is found first."""
        slopes = {0: 100.0, 1: 10.0, 3: 1.0}
        edges = [([0], [2.0]), ([1], [3.0]), ([2], [5.0]), (order, [slopes[parent] for parent in order])]
        _, _, found, _ = checks.unpack(swept(student, [TWO], [True], edges), 4, hint=3)
        leaf_gradients(found, [(100.0 + 10.0 * 2 + 1.0 * 30) * TWO], 3)

    def test_upstream(self, student):
        """The gradient of the output may be given; of an array that is used as it is, it is one number for each entry."""
        upstream = np.array([1.0, -2.0, 0.5])
        _, _, found, _ = checks.unpack(swept(student, [np.ones(3)], [True], [([0], [4.0])], upstream), 4, hint=1)
        leaf_gradients(found, [np.array([4.0, -8.0, 2.0])], 1)

    def test_leaf_alone(self, student):
        """A leaf is its own output: it gets ones, and no pull is called."""
        count, _, found, _ = checks.unpack(swept(student, [np.zeros(2)], [True], []), 4, hint=2)
        leaf_gradients(found, [np.ones(2)], 2)
        checks.equal(count, [0], what="The number of pulls that `backward` returns", hint=2)

    @kind("property")
    def test_second_pass_adds(self, student):
        """Gradients add up from one pass to the next, in the leaves alone: two passes give twice the gradient, three three times."""
        edges = [([0], [2.0]), ([1], [3.0]), ([2, 1], [5.0, 1.0])]
        for passes in (2, 3):
            _, _, found, _ = checks.unpack(swept(student, [TWO], [True], edges, None, passes), 4, hint=2)
            leaf_gradients(found, [passes * (2 * 3 * 5 + 2.0) * TWO], 2)

    @kind("property")
    def test_constants_get_nothing(self, student):
        """A leaf that needs no gradient keeps None, and the pulls of what depends on constants alone are never called."""
        edges = [([1], [4.0]), ([2, 0], [3.0, 2.0])]
        count, calls, found, _ = checks.unpack(swept(student, [TWO, TWO], [True, False], edges), 4, hint=2)
        leaf_gradients(found, [2.0 * TWO, None], 2)
        checks.equal(calls, [0, 1], what="How often the pull of each node was called", hint=2)
        checks.equal(count, [1], what="The number of pulls that `backward` returns", hint=2)

    @kind("property")
    def test_each_pull_once(self, student):
        """Ten diamonds in a row have 1,024 paths and 30 nodes: each pull is called once all the same."""
        edges = []
        for place in range(0, 30, 3):
            edges += [([place], [0.5]), ([place], [0.75]), ([place + 1, place + 2], [1.0, 1.0])]
        count, calls, found, _ = checks.unpack(swept(student, [TWO], [True], edges), 4, hint=3)
        leaf_gradients(found, [1.25**10 * TWO], 3)
        checks.equal(calls, [1] * 30, what="How often the pull of each node was called", hint=3)
        checks.equal(count, [30], what="The number of pulls that `backward` returns", hint=3)

    @kind("property")
    def test_deep_chain(self, student):
        """A chain of 10,000 nodes is nothing special: the way back is walked in a loop, not in calls inside calls."""
        length = 10_000
        count, found = checks.unpack(chained(student, length, 1 + 1 / length), 2, hint=3)
        leaf_gradients([found], [(1 + 1 / length) ** length], 3)
        checks.equal(count, length, what="The number of pulls that `backward` returns", hint=3)

    @kind("property")
    def test_one_array_for_several(self, student):
        """A pull may hand the same array to all parents: what is added for one of them later must not reach the others, nor `upstream`."""
        upstream = np.array([1.0, 10.0])
        edges = [([0, 1], None), ([0, 2], None)]  # c = a + b, then a + c
        found = checks.unpack(swept(student, [np.zeros(2), np.zeros(2)], [True, True], edges, upstream, 2), 4, hint=2)
        leaf_gradients(found[2], [4 * upstream, 2 * upstream], 2)
        checks.close(found[3], upstream, what="`upstream`, after the call,", hint=2)


@task("softmax_cross_entropy")
class TestSoftmaxCrossEntropy:
    def test_handout_example(self, student):
        """The handout's right class has probability 1/4, which costs log 4."""
        value, _ = checks.unpack(student.softmax_cross_entropy(LOGITS, LABELS), 2, hint=1)
        checks.close(value, LOSS, what="The loss", hint=1)

    def test_equal_logits(self, student):
        """Who knows nothing of three classes pays log 3 for each example; the costs of four examples are added, not averaged."""
        value, _ = checks.unpack(student.softmax_cross_entropy(np.full((4, 3), 7.0), np.array([0, 1, 2, 1])), 2, hint=1)
        checks.close(value, 4 * math.log(3), what="The loss of four examples", hint=1)

    @kind("gradient")
    def test_output_layer(self, student):
        """Backward pass, case 1: what the logits get is probability minus target, 1/4 - 1 and 3/4."""
        (found,) = checks.unpack(pulled(student, "softmax_cross_entropy", np.array(1.0), [LOGITS], {"labels": LABELS}), 1, hint=2)
        checks.close(found, DELTA, what="The gradient of the logits", hint=2)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradient of the logits is the slope of the loss, times what comes from above."""
        logits = draw("batch classes")
        labels = draw.integers("batch", high=draw.sizes["classes"]).numpy()
        checks.gradients(loss_and_gradients, student, {"logits": logits}, labels, rng=draw.rng, hint=3)

    @kind("property")
    def test_large_logits(self, student):
        """Logits in the thousands overflow nothing: a wrong class that is 2,000 ahead costs 2,000."""
        logits = np.array([[1000.0, -1000.0], [1000.0, -1000.0]])
        value, _ = checks.unpack(student.softmax_cross_entropy(logits, np.array([0, 1])), 2, hint=2)
        checks.close(value, 2000.0, what="The loss of large logits", hint=2)
        got = pulled(student, "softmax_cross_entropy", np.array(1.0), [logits], {"labels": np.array([0, 1])})
        (found,) = checks.unpack(got, 1, what="What the pull returns", hint=2)
        usable(found, (2, 2), what="The gradient of large logits", hint=2)

    @kind("property")
    def test_pull_again(self, student, draw):
        """The pull may be called again, and gives the same gradient."""
        logits = draw("batch classes").numpy()
        labels = draw.integers("batch", high=draw.sizes["classes"]).numpy()
        got = pulled_twice(student, "softmax_cross_entropy", np.array(1.0), [logits], {"labels": labels})
        first, second, _ = checks.unpack(got, 3, hint=3)
        (once,), (again,) = (checks.unpack(each, 1, what="What the pull returns", hint=3) for each in (first, second))
        usable(once, logits.shape, what="The gradient", hint=3)
        checks.close(again, once, what="The gradient of the second call", hint=3)


@task("backpropagate")
class TestBackpropagate:
    def test_loss(self, student):
        """The loss of the handout's network is log 4, and there is a gradient for each weight matrix and each bias."""
        loss, of_weights, of_biases = checks.unpack(student.backpropagate(X, LABELS, [W1, W2], [B1, B2]), 3, hint=1)
        checks.close(loss, LOSS, what="The loss", hint=1)
        checks.unpack(of_weights, 2, what="The list of weight gradients", hint=1)
        checks.unpack(of_biases, 2, what="The list of bias gradients", hint=1)

    def test_single_layer(self, student):
        """A network of one layer is softmax regression: the inputs go straight to the logits."""
        loss, _, _ = checks.unpack(student.backpropagate(HIDDEN, LABELS, [W2], [B2]), 3, hint=1)
        checks.close(loss, LOSS, what="The loss of a single layer", hint=1)

    @kind("gradient")
    def test_handout_example(self, student):
        """All gradients of the handout's network, calculated by hand."""
        _, of_weights, of_biases = checks.unpack(student.backpropagate(X, LABELS, [W1, W2], [B1, B2]), 3, hint=2)
        for layer, expected in ((1, (GRAD_W2, GRAD_B2)), (0, (GRAD_W1, GRAD_B1))):
            found = (checks.unpack(each, 2, hint=2)[layer] for each in (of_weights, of_biases))
            for gradient, wanted, name in zip(found, expected, ("weights", "biases"), strict=True):
                checks.close(gradient, wanted, what=f"The gradient of the {name} of layer {layer + 1}", hint=2)

    @kind("gradient")
    def test_hidden_layer(self, student):
        """Backward pass, case 2: the delta of a neuron is what comes back along its outgoing weights, times its own slope."""
        weights, biases = [np.array([[0.0]]), np.array([[8.0, 0.0, 4.0]])], [np.zeros(1), np.array([-4.0, 0.0, -2.0])]
        _, _, of_biases = checks.unpack(student.backpropagate(np.ones((1, 1)), np.array([0]), weights, biases), 3, hint=2)
        found = checks.unpack(of_biases, 2, what="The list of bias gradients", hint=2)[0]
        checks.close(found, np.array([(8 * (1 / 3 - 1) + 4 * (1 / 3)) / 4]), what="The delta of the hidden neuron", hint=2)

    @kind("gradient")
    def test_sum_over_examples(self, student, draw):
        """The loss of a batch is the sum of the losses of its examples, so its gradient is the sum of theirs."""
        weights, biases = network(draw, 3, 5, 4)
        x, labels = draw.rng.standard_normal((6, 3)), draw.rng.integers(0, 4, 6)
        shapes = [each.shape for each in (*weights, *biases)]
        whole, *parts = (self.gradients(student, x[n], labels[n], weights, biases, shapes) for n in (slice(None), *([i] for i in range(6))))
        for found, *each in zip(whole, *parts, strict=True):
            checks.close(found, sum(each), what="A gradient of the whole batch", hint=2)

    def gradients(self, student, x, labels, weights, biases, shapes):
        """Return all gradients of a batch in one list, once they can be computed with."""
        _, of_weights, of_biases = checks.unpack(student.backpropagate(x, labels, weights, biases), 3, hint=1)
        lists = [checks.unpack(each, len(weights), what="A list of gradients", hint=1) for each in (of_weights, of_biases)]
        for found, shape in zip((*lists[0], *lists[1]), shapes, strict=True):
            usable(found, shape, what="A gradient", hint=1)
        return (*lists[0], *lists[1])

    @kind("gradient")
    @pytest.mark.parametrize("sizes", [(4, 3), (3, 6, 5, 2)], ids=["one_layer", "three_layers"])
    def test_slopes(self, student, draw, sizes):
        """The gradients of every weight and every bias are the slopes of the loss."""
        x, labels = draw.rng.standard_normal((7, sizes[0])), draw.rng.integers(0, sizes[-1], 7)
        checks.gradients(network_and_gradients, student, by_turns(*network(draw, *sizes)), x, labels, rng=draw.rng, smooth=False, hint=3)


@task("MLP")
class TestMLP:
    def test_handout_example(self, student):
        """The logits of the handout's network, and the class that it prefers."""
        logits, classes = checks.unpack(seen_by(student, X, [W1, W2], [B1, B2]), 2, hint=1)
        checks.close(logits, LOGITS, what="The logits", hint=1)
        checks.equal(classes, np.array([1]), what="The predicted class", hint=1)

    def test_hidden_layer_makes_features(self, student):
        """Two hidden neurons, "at least one" and "both", make of exclusive or what one output layer can separate."""
        x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        weights = [np.array([[20.0, 20.0], [20.0, 20.0]]), np.array([[0.0, 20.0], [0.0, -20.0]])]
        biases = [np.array([-10.0, -30.0]), np.array([0.0, -10.0])]
        _, classes = checks.unpack(seen_by(student, x, weights, biases), 2, hint=1)
        checks.equal(classes, np.array([0, 1, 1, 0]), what="The predicted classes", hint=1)

    def test_one_step(self, student):
        """A step at rate 1 returns the loss before it, and takes away from each parameter its gradient."""
        got = trained(student, [W1, W2], [B1, B2], [[(X, LABELS)]], 1.0)
        losses, weights, biases = checks.unpack(got, 3, hint=2)
        checks.close(checks.unpack(losses, 1)[0], LOSS, what="The loss that the step returns", hint=2)
        for found, wanted in zip(checks.unpack(weights, 2), (W1 - GRAD_W1, W2 - GRAD_W2), strict=True):
            checks.close(found, wanted, what="A weight matrix after the step", hint=2)
        for found, wanted in zip(checks.unpack(biases, 2), (B1 - GRAD_B1, B2 - GRAD_B2), strict=True):
            checks.close(found, wanted, what="A bias after the step", hint=2)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The logits know the way back to every weight and every bias."""
        x = draw.rng.standard_normal((7, 3))
        inputs = by_turns(*network(draw, 3, 5, 4))
        checks.gradients(logits_and_gradients, student, inputs, x, rng=draw.rng, smooth=False, hint=3)

    @kind("property")
    def test_arrays_are_copied(self, student):
        """The arrays belong to somebody else: what is written into them afterwards does not reach the network."""
        found = checks.unpack(parameters_behind(student, [W1, W2], [B1, B2]), 4, what="The parameters", hint=2)
        for got, wanted in zip(found, (W1, W2, B1, B2), strict=True):
            checks.equal(got, wanted, what="A parameter, after the caller has changed the array that it was made of,", hint=2)

    @kind("property")
    def test_chunks_make_no_difference(self, student, draw):
        """Gradients add up over the chunks of a batch: however it is cut, the step is the same."""
        weights, biases = network(draw, 3, 5, 4)
        x, labels = draw.rng.standard_normal((6, 3)), draw.rng.integers(0, 4, 6)
        cut = [(x[:1], labels[:1]), (x[1:4], labels[1:4]), (x[4:], labels[4:])]
        whole, pieces = (self.parameters(student, weights, biases, [chunks]) for chunks in ([(x, labels)], cut))
        for found, wanted in zip(pieces, whole, strict=True):
            checks.close(found, wanted, what="What a step in three chunks gives", hint=2)

    @kind("property")
    def test_nothing_is_left_behind(self, student, draw):
        """Two steps are one step and then a step of a new network that starts there: no gradient is left over."""
        weights, biases = network(draw, 3, 5, 4)
        steps = [[(draw.rng.standard_normal((6, 3)), draw.rng.integers(0, 4, 6))] for _ in range(2)]
        _, *middle = self.parameters(student, weights, biases, steps[:1])
        _, *after = self.parameters(student, middle[:2], middle[2:], steps[1:])
        _, *both = self.parameters(student, weights, biases, steps)
        for found, wanted in zip(both, after, strict=True):
            checks.close(found, wanted, what="A parameter after the second step", hint=2)

    def parameters(self, student, weights, biases, steps):
        """Return the last loss and all parameters after these steps, once they can be computed with."""
        losses, *found = checks.unpack(trained(student, weights, biases, steps, 0.1), 3, hint=2)
        loss = checks.unpack(losses, len(steps), what="The losses", hint=2)[-1]
        lists = [checks.unpack(each, len(weights), what="A list of parameters", hint=2) for each in found]
        for value, like in zip((*lists[0], *lists[1]), (*weights, *biases), strict=True):
            usable(value, like.shape, what="A parameter", hint=2)
        checks.close(loss, 0.0, what="The loss", atol=math.inf, hint=2)
        return (loss, *lists[0], *lists[1])

    @kind("property")
    def test_networks_are_apart(self, student, draw):
        """A step of one network changes neither another one made of the same arrays, nor the arrays."""
        weights, biases = network(draw, 3, 5, 4)
        chunks = [(draw.rng.standard_normal((6, 3)), draw.rng.integers(0, 4, 6))]
        others, arrays = checks.unpack(two_networks(student, weights, biases, chunks, 1.0), 2, hint=2)
        for found, wanted in zip(checks.unpack(others, 4), [*weights, *biases], strict=True):
            checks.close(found, wanted, what="A parameter of the network that took no step", hint=2)
        for found, wanted in zip(checks.unpack(arrays, 4), [*weights, *biases], strict=True):
            checks.close(found, wanted, what="An array that a network was made of", hint=2)


@task("integration")
class TestIntegration:
    def test_engine_and_hand_agree(self, student, draw):
        """The engine and the formulae by hand find the same gradients of the same network."""
        weights, biases = network(draw, 3, 5, 6, 4)
        x, labels = draw.rng.standard_normal((7, 3)), draw.rng.integers(0, 4, 7)
        loss, gradients, other, moved = checks.unpack(by_hand_and_by_engine(student, x, labels, weights, biases), 4)
        checks.close(loss, 0.0, what="The loss by hand", atol=math.inf)
        checks.close(other, float(loss), what="The loss that the engine finds")
        shapes = [each.shape for each in (*weights, *biases)]
        lists = [checks.unpack(each, len(shapes), what="The list of gradients") for each in (gradients, moved)]
        for by_hand, by_engine, shape in zip(*lists, shapes, strict=True):
            usable(by_hand, shape, what="A gradient by hand")
            checks.close(by_engine, by_hand, what="The gradient that the engine finds", atol=1e-9)
