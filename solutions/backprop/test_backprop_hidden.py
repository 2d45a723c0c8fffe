"""Hidden grader of `backprop`: the reference and torch's own autograd, in float64, are what answers are held against."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from grader import checks
from grader.plugin import kind, probe, task


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
def swept_from(student, leaves, needed, edges, ends, upstreams):
    """Build a graph whose slopes are fixed, sweep it back from each of `ends`; return the calls of each pull and the leaves' gradients."""
    nodes = [student.Node(value, needs_grad=need) for value, need in zip(leaves, needed, strict=True)]
    calls = [0] * len(edges)

    def computed(place, parents, slopes):
        def pull(gradient):
            calls[place] += 1
            return tuple(slope * gradient for slope in slopes)

        value = sum(slope * nodes[parent].value for parent, slope in zip(parents, slopes, strict=True))
        return student.Node(value, [nodes[parent] for parent in parents], pull, any(nodes[parent].needs_grad for parent in parents))

    for place, (parents, slopes) in enumerate(edges):
        nodes.append(computed(place, parents, slopes))
    returned = [student.backward(nodes[end], upstream) for end, upstream in zip(ends, upstreams, strict=True)]
    return returned, calls, [node.grad for node in nodes[: len(leaves)]]


@probe
def logits_gradients(student, x, weights, biases, upstream):
    """Return the logits of an MLP, and what `backward` adds up for its leaves."""
    model = student.MLP(weights, biases)
    out = model.logits(x)
    student.backward(out, upstream)
    return out.value, [leaf.grad for leaf in [*model.weights, *model.biases]]


@probe
def trained(student, weights, biases, steps, rate):
    """Return the loss of each step, a list of chunks, and the weights and biases after the last."""
    model = student.MLP(weights, biases)
    losses = [model.step(chunks, rate) for chunks in steps]
    return losses, [leaf.value for leaf in model.weights], [leaf.value for leaf in model.biases]


@probe
def predicted(student, x, weights, biases):
    """Return the classes that an MLP predicts."""
    return student.MLP(weights, biases).predict(x)


@probe
def tangled(student, x, w, b, s):
    """Compute an expression in which almost everything is used more than once; return its value and the gradients of x, w, b and s."""

    def of(op, *inputs):
        return student.apply(student.elementwise, *inputs, op=op)

    x, w, b, s = (student.Node(each, needs_grad=True) for each in (x, w, b, s))
    two = student.Node(2.0)
    z = of("add", student.apply(student.matmul, x, w), b)  # (batch, rows, columns)
    h = of("sigmoid", z)
    r = of("relu", of("multiply", z, s))
    q = of("divide", of("multiply", h, z), of("add", of("exp", h), two))
    rows = student.apply(student.total, of("add", of("multiply", q, r), of("log", of("add", h, of("multiply", b, b)))), axis=1)
    out = student.apply(student.total, of("multiply", rows, of("multiply", rows, s)))
    count = student.backward(out)
    return out.value, [each.grad for each in (x, w, b, s)], count, two.grad


@probe
def learned(student, x, labels, weights, biases, steps, rate):
    """Return the losses of so many steps on one batch in three chunks, and the classes predicted after them."""
    model = student.MLP(weights, biases)
    chunks = [(x[place::3], labels[place::3]) for place in range(3)]
    losses = [model.step(chunks, rate) for _ in range(steps)]
    return losses, model.predict(x)


def network(draw, *sizes):
    """Draw weights and biases of layers of these sizes, which keep every neuron between asleep and saturated."""
    pairs = list(pairwise(sizes))
    return [draw.rng.normal(0, m**-0.5, (m, n)) for m, n in pairs], [draw.rng.normal(0, 0.3, n) for _, n in pairs]


def examples(draw, count, inputs, classes):
    """Draw examples and labels."""
    return draw.rng.standard_normal((count, inputs)), draw.rng.integers(0, classes, count)


def torch_logits(x, weights, biases):
    """Return the logits that torch finds for these parameters."""
    a = torch.from_numpy(x)
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        a = torch.sigmoid(a @ weight + bias)
    return a @ weights[-1] + biases[-1]


def leaves(arrays):
    """Return torch's leaves of copies of these arrays."""
    return [torch.from_numpy(array.copy()).requires_grad_() for array in arrays]


def random_graph(draw, count, size):
    """Draw a graph of three leaves and `count` nodes: the first has all leaves as parents, any other the one before it and two more."""
    edges = []
    for place in range(3, 3 + count):
        chosen = [0, 1, 2] if place == 3 else [place - 1, *draw.rng.integers(0, place, 2)]
        parents = [int(parent) for parent in draw.rng.permutation(chosen)]
        edges.append((parents, [draw.rng.normal(0, 0.6, size) for _ in parents]))
    return edges


def over_all_paths(edges, end, upstream):
    """Return the gradients of the three leaves: power k of the matrix of slopes holds the sums over all paths of k edges."""
    count = len(edges) + 3
    slopes = np.zeros((len(upstream), count, count))
    for place, (parents, along) in enumerate(edges, start=3):
        for parent, slope in zip(parents, along, strict=True):
            slopes[:, place, parent] += slope
    paths = power = np.broadcast_to(np.eye(count), slopes.shape)  # (size, from, to)
    for _ in edges:
        power = power @ slopes
        paths = paths + power
    return [upstream * paths[:, end, leaf] for leaf in range(3)]


@task("unbroadcast")
class TestUnbroadcast:
    @pytest.mark.parametrize("case", ["leading", "stretched", "both", "single_row"])
    def test_reference(self, student, reference, draw, case):
        """The gradient of an array that got axes in front, whose axes of size 1 were stretched, or both."""
        gradient = draw("batch one=1 rows columns").numpy()
        _, _, rows, columns = gradient.shape
        shape = {"leading": (rows, columns), "stretched": (1, 1, rows, 1), "both": (1, columns), "single_row": (1, rows, columns)}[case]
        expected = reference.unbroadcast(gradient, shape)
        checks.close(student.unbroadcast(gradient, shape), expected, what="The gradient of what was broadcast", hint=2)


@task("elementwise")
class TestElementwise:
    @pytest.mark.parametrize("op", ["add", "multiply", "divide", "exp", "log", "sigmoid", "relu"])
    def test_reference(self, student, reference, draw, op):
        """The value of each operation on drawn arrays, two of which broadcast."""
        x = draw("batch rows one=1").numpy()
        inputs = [x, draw("columns").numpy()] if op in ("add", "multiply", "divide") else [np.abs(x) if op == "log" else x]
        value, _ = checks.unpack(student.elementwise(*inputs, op=op), 2, hint=1)
        checks.close(value, reference.elementwise(*inputs, op=op)[0], what=f'The value of "{op}"', hint=1)

    @kind("gradient")
    @pytest.mark.parametrize("op", ["add", "multiply", "divide", "exp", "log", "sigmoid", "relu"])
    def test_gradients(self, student, reference, draw, op):
        """The gradients of each operation under a drawn gradient from above, where arrays broadcast."""
        inputs = {"a": draw("batch rows one=1")}
        if op in ("add", "multiply", "divide"):
            inputs["b"] = draw("columns").abs() + 0.5
        inputs = {"x": inputs["a"].abs() + 0.5} if op == "log" else inputs
        checks.gradients_like(elementwise_and_gradients, student, reference, inputs, op, rng=draw.rng, hint=2)


@task("matmul")
class TestMatmul:
    @pytest.mark.parametrize("axes", [("rows inner", "inner columns"), ("batch rows inner", "batch inner columns")], ids=["one", "batch"])
    def test_reference(self, student, reference, draw, axes):
        """The product of drawn matrices."""
        a, b = (draw(each).numpy() for each in axes)
        value, _ = checks.unpack(student.matmul(a, b), 2, hint=1)
        checks.close(value, reference.matmul(a, b)[0], what="The product", hint=1)

    @kind("gradient")
    @pytest.mark.parametrize("axes", ["rows inner", "batch rows inner", "heads batch rows inner"], ids=["one", "batch", "batches"])
    @pytest.mark.parametrize("shared", ["neither", "b", "a"], ids=["each_its_own", "one_for_all", "one_for_all_on_the_left"])
    def test_gradients(self, student, reference, draw, axes, shared):
        """The gradients of both factors, where each item has a matrix of its own and where one serves all."""
        left, right = axes, axes.replace("rows inner", "inner columns")
        inputs = {"a": draw("rows inner" if shared == "a" else left), "b": draw("inner columns" if shared == "b" else right)}
        checks.gradients_like(matmul_and_gradients, student, reference, inputs, rng=draw.rng, hint=2)


@task("backward")
class TestBackward:
    @pytest.mark.parametrize("count", [1, 12], ids=["small", "large"])
    def test_every_path(self, student, draw, count):
        """In a drawn graph each leaf gets the sum over all paths of the product of the slopes along it."""
        edges, upstream = random_graph(draw, count, 4), draw("size=4").numpy()
        values = [draw("size=4").numpy() for _ in range(3)]
        returned, _, found = checks.unpack(swept_from(student, values, [True] * 3, edges, [2 + count], [upstream]), 3, hint=3)
        expected = over_all_paths(edges, 2 + count, upstream)
        for gradient, wanted in zip(checks.unpack(found, 3, hint=3), expected, strict=True):
            checks.close(gradient, wanted, what="The gradient of a leaf", hint=3)
        checks.equal(returned, [count], what="The number of pulls that `backward` returns", hint=1)

    @kind("property")
    def test_two_outputs(self, student, draw):
        """Two quantities that share most of their graph, one after the other: the leaves have the sum of both gradients."""
        edges, upstreams = random_graph(draw, 10, 4), [draw("size=4").numpy(), 3 * draw("size=4").numpy()]
        values = [draw("size=4").numpy() for _ in range(3)]
        found = checks.unpack(swept_from(student, values, [True] * 3, edges, [12, 9], upstreams), 3, hint=2)[2]
        expected = [over_all_paths(edges, end, upstream) for end, upstream in zip((12, 9), upstreams, strict=True)]
        for gradient, one, other in zip(checks.unpack(found, 3, hint=2), *expected, strict=True):
            checks.close(gradient, one + other, what="The gradient of a leaf after two passes", hint=2)

    @kind("property")
    def test_needed_and_not(self, student, draw):
        """Leaves that need no gradient get none, and the others get all of theirs."""
        edges, upstream = random_graph(draw, 10, 4), draw("size=4").numpy()
        values = [draw("size=4").numpy() for _ in range(3)]
        needed = [False, False, False]
        needed[int(draw.rng.integers(3))] = True
        found = checks.unpack(swept_from(student, values, needed, edges, [12], [upstream]), 3, hint=2)[2]
        for gradient, need, wanted in zip(checks.unpack(found, 3, hint=2), needed, over_all_paths(edges, 12, upstream), strict=True):
            checks.that(need or gradient is None, "A leaf that needs no gradient should keep None.", hint=2)
            if need:
                checks.close(gradient, wanted, what="The gradient of the leaf that needs one", hint=2)


@task("softmax_cross_entropy")
class TestSoftmaxCrossEntropy:
    @pytest.mark.parametrize("batch", [1, 5], ids=["one_example", "batch"])
    def test_torch(self, student, draw, batch):
        """The loss of a drawn batch is the sum that torch finds."""
        logits = draw(f"batch={batch} classes")
        labels = draw.integers(f"batch={batch}", high=draw.sizes["classes"])
        value, _ = checks.unpack(student.softmax_cross_entropy(logits.numpy(), labels.numpy()), 2, hint=1)
        checks.close(value, float(F.cross_entropy(logits, labels, reduction="sum")), what="The loss", hint=1)

    @kind("gradient")
    def test_gradients(self, student, reference, draw):
        """The gradient of the logits under a drawn gradient from above."""
        logits = 3 * draw("batch classes")
        labels = draw.integers("batch", high=draw.sizes["classes"]).numpy()
        checks.gradients_like(loss_and_gradients, student, reference, {"logits": logits}, labels, rng=draw.rng, hint=2)

    @kind("property")
    def test_shift(self, student, draw):
        """A number that is added to all logits of an example changes nothing, however large it is."""
        logits = draw("batch classes").numpy()
        labels = draw.integers("batch", high=draw.sizes["classes"]).numpy()
        far = np.ldexp(1.0, 12) * np.arange(1, len(logits) + 1)[:, None]
        near = np.round(logits * 1024) / 1024  # so that the sums are exact
        value, _ = checks.unpack(student.softmax_cross_entropy(near + far, labels), 2, hint=2)
        expected = float(F.cross_entropy(torch.from_numpy(near), torch.from_numpy(labels), reduction="sum"))
        checks.close(value, expected, what="The loss of shifted logits", hint=2)


@task("backpropagate")
class TestBackpropagate:
    @pytest.mark.parametrize("sizes", [(4, 3), (3, 6, 2), (4, 3, 6, 5, 2)], ids=["one_layer", "two_layers", "four_layers"])
    def test_loss(self, student, draw, sizes):
        """The loss of a drawn network is what torch finds."""
        weights, biases = network(draw, *sizes)
        x, labels = examples(draw, 7, sizes[0], sizes[-1])
        loss, _, _ = checks.unpack(student.backpropagate(x, labels, weights, biases), 3, hint=1)
        logits = torch_logits(x, [torch.from_numpy(each) for each in weights], [torch.from_numpy(each) for each in biases])
        checks.close(loss, float(F.cross_entropy(logits, torch.from_numpy(labels), reduction="sum")), what="The loss", hint=1)

    @kind("gradient")
    @pytest.mark.parametrize("sizes", [(4, 3), (3, 6, 2), (4, 3, 6, 5, 2)], ids=["one_layer", "two_layers", "four_layers"])
    def test_gradients(self, student, draw, sizes):
        """Every gradient of a drawn network is what torch's autograd finds."""
        weights, biases = network(draw, *sizes)
        x, labels = examples(draw, 7, sizes[0], sizes[-1])
        _, of_weights, of_biases = checks.unpack(student.backpropagate(x, labels, weights, biases), 3, hint=2)
        parameters = leaves([*weights, *biases])
        logits = torch_logits(x, parameters[: len(weights)], parameters[len(weights) :])
        expected = torch.autograd.grad(F.cross_entropy(logits, torch.from_numpy(labels), reduction="sum"), parameters)
        found = [*checks.unpack(of_weights, len(weights), hint=1), *checks.unpack(of_biases, len(biases), hint=1)]
        names = [f"the {what} of layer {layer}" for what in ("weights", "biases") for layer in range(1, len(sizes))]
        for gradient, wanted, name in zip(found, expected, names, strict=True):
            checks.close(gradient, wanted.numpy(), what=f"The gradient of {name}", hint=2)

    @kind("speed")
    def test_speed(self, student, reference, draw):
        """A thousand examples go through the network in a few products of matrices."""
        weights, biases = network(draw, 20, 30, 10)

        def inputs():
            return (*examples(draw, 1000, 20, 10), weights, biases)

        checks.speed(student.backpropagate, reference.backpropagate, inputs, hint=3)


@task("MLP")
class TestMLP:
    def test_one_step(self, student, draw):
        """One step on a drawn batch is torch's, number by number."""
        self.follow(student, draw, 1)

    @kind("property")
    def test_three_steps(self, student, draw):
        """Three steps on drawn batches follow torch's."""
        self.follow(student, draw, 3)

    def follow(self, student, draw, count):
        """Hold the losses of so many steps, and the parameters after them, against torch's."""
        weights, biases = network(draw, 3, 6, 5, 2)
        batches = [examples(draw, 7, 3, 2) for _ in range(count)]
        losses, *found = checks.unpack(trained(student, weights, biases, [[batch] for batch in batches], 0.05), 3, hint=2)
        parameters = leaves([*weights, *biases])
        for (x, labels), got in zip(batches, checks.unpack(losses, count, what="The losses", hint=2), strict=True):
            loss = F.cross_entropy(torch_logits(x, parameters[:3], parameters[3:]), torch.from_numpy(labels), reduction="sum")
            checks.close(got, loss.item(), what="The loss that a step returns", hint=2)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                    parameter -= 0.05 * gradient
        for got, wanted in zip([*checks.unpack(found[0], 3), *checks.unpack(found[1], 3)], parameters, strict=True):
            checks.close(got, wanted.detach().numpy(), what="A parameter after the last step", hint=2)

    def test_predictions(self, student, reference, draw):
        """The classes that a drawn network prefers, with a hidden layer and without."""
        for sizes in ((3, 6, 5), (3, 5)):
            weights, biases = network(draw, *sizes)
            x, _ = examples(draw, 20, 3, 5)
            expected = predicted(reference, x, weights, biases)
            checks.equal(predicted(student, x, weights, biases), expected, what="The predicted classes", hint=1)

    @kind("gradient")
    def test_gradients(self, student, draw):
        """What reaches each weight and each bias from the logits is what torch's autograd finds."""
        weights, biases = network(draw, 3, 6, 5, 2)
        x, upstream = draw.rng.standard_normal((7, 3)), draw.rng.standard_normal((7, 2))
        _, found = checks.unpack(logits_gradients(student, x, weights, biases, upstream), 2, hint=2)
        parameters = leaves([*weights, *biases])
        expected = torch.autograd.grad(torch_logits(x, parameters[:3], parameters[3:]), parameters, torch.from_numpy(upstream))
        for gradient, wanted in zip(checks.unpack(found, 6, hint=2), expected, strict=True):
            checks.that(gradient is not None, "A parameter gets no gradient: the way from it to the logits is cut.", hint=2)
            checks.close(gradient, wanted.numpy(), what="The gradient of a parameter", hint=2)


@task("integration")
class TestIntegration:
    def test_tangled_expression(self, student, draw):
        """An expression that uses almost everything more than once, and broadcasts on the way, has torch's gradients."""
        arrays = [draw("batch rows inner").numpy(), draw("inner columns").numpy(), draw("columns").numpy(), np.array(1.5)]
        value, found, count, constant = checks.unpack(tangled(student, *arrays), 4)
        x, w, b, s = parameters = leaves(arrays)
        z = x @ w + b
        h = z.sigmoid()
        rows = (h * z / (h.exp() + 2) * (z * s).relu() + (h + b * b).log()).sum(1)
        out = (rows * (rows * s)).sum()
        checks.close(value, out.item(), what="The value of the expression")
        for gradient, wanted in zip(checks.unpack(found, 4), torch.autograd.grad(out, parameters), strict=True):
            checks.close(gradient, wanted.numpy(), what="A gradient of the expression")
        checks.equal(count, 18, what="The number of pulls that `backward` returns")
        checks.that(constant is None, "A constant should get no gradient.")

    def test_learning(self, student, reference, draw):
        """Twenty steps of training on rings, which no straight line separates, take the same course as the reference's."""
        labels = draw.rng.permutation(np.arange(60) % 3)
        turn = draw.rng.uniform(0, 2 * np.pi, 60)
        x = (1.0 + labels)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1) + draw.rng.normal(0, 0.1, (60, 2))
        weights, biases = network(draw, 2, 16, 3)
        losses, classes = checks.unpack(learned(student, x, labels, weights, biases, 20, 0.01), 2)
        expected, preferred = learned(reference, x, labels, weights, biases, 20, 0.01)
        for got, wanted in zip(checks.unpack(losses, 20, what="The losses"), expected, strict=True):
            checks.close(got, wanted, what="The loss of a step")
        checks.equal(classes, preferred, what="The predicted classes")
