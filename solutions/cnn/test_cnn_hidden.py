"""Hidden grader of `cnn`."""

import pytest
import torch

from grader import checks
from grader.datasets import alphabet
from grader.plugin import kind, probe, task

ONE, NONE = (1, 1), (0, 0)
GEOMETRIES = {
    "plain": (ONE, NONE, ONE, 1),
    "stride": ((2, 3), NONE, ONE, 1),
    "padding": (ONE, (1, 2), ONE, 1),
    "dilation": (ONE, NONE, (3, 2), 1),
    "groups": (ONE, NONE, ONE, 2),
    "together": ((3, 2), (2, 1), (2, 3), 2),
}


@probe
def conv_and_gradients(student, upstream, x, weight, bias, stride, padding, dilation, groups):
    """Return the feature maps, and the gradients of their sum weighted with `upstream`."""
    leaves = [value.requires_grad_() for value in (x, weight, bias)]
    out = student.conv2d(*leaves, stride, padding, dilation, groups)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


@probe
def pool_and_gradient(student, upstream, x, kernel, stride, padding, dilation, how):
    """Return the pooled maps, and the gradient of their sum weighted with `upstream`."""
    x = x.requires_grad_()
    out = student.pool2d(x, kernel, stride, padding, dilation, how)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [x], upstream, allow_unused=True)


@probe
def network(student, x, weights, image, blocks, classes, training):
    """Return the log-probabilities of a network with these weights."""
    module = student.CNN(image, blocks, classes).double()
    module.load_state_dict(weights, strict=False)
    module.train(training)
    with torch.no_grad():
        return module(x)


@probe
def backward_by_hand(student, x, upstream, weights, image, blocks, classes):
    """Return the gradients of a network's first filters and of the same convolution alone, the second by hand."""
    module = student.CNN(image, blocks, classes).double().eval()
    module.load_state_dict(weights, strict=False)
    filters = module.filters[0]
    same = (filters.shape[2] // 2, filters.shape[3] // 2)
    maps = student.conv2d(x, filters, None, (1, 1), same)
    pooled = student.pool2d(module.norms[0](maps).relu(), blocks[0][1])
    loss = (module(x) * upstream).sum() + pooled.square().sum()
    (through_network,) = torch.autograd.grad(loss, [filters], retain_graph=True)
    (of_maps,) = torch.autograd.grad(pooled.square().sum(), [maps])
    by_hand = student.conv2d_backward(of_maps, x, filters.detach(), (1, 1), same)
    return through_network, by_hand[0], by_hand[1], by_hand[2]


def numbers(draw, *shape):
    """Draw normal numbers of exactly this shape."""
    return torch.from_numpy(draw.rng.standard_normal(shape))


def geometry_of(name):
    """Return stride, padding, dilation and groups, and the channels that a filter of 6 sees."""
    return GEOMETRIES[name], 6 // GEOMETRIES[name][3]


@task("receptive_fields")
class TestReceptiveFields:
    def test_reference(self, student, reference, draw):
        """Stacks of drawn layers on images of drawn size."""
        for count in (1, 3, 5):
            size = int(draw.rng.integers(3000, 6000))  # so that five strides of 3 leave something
            layers = [tuple(int(draw.rng.integers(low, high)) for low, high in ((1, 6), (1, 4), (0, 3), (1, 4))) for _ in range(count)]
            what = f"The list for {count} {'layer' if count == 1 else 'layers'}"
            checks.equal(student.receptive_fields(size, layers), reference.receptive_fields(size, layers), what=what, hint=2)


@task("unfold")
class TestUnfold:
    @pytest.mark.parametrize("name", ["plain", "stride", "padding", "dilation", "together"])
    def test_reference(self, student, reference, draw, name):
        """The patches of drawn images."""
        (stride, padding, dilation, _), _ = geometry_of(name)
        x, fill = numbers(draw, 2, 3, 10, 11), float(draw.rng.normal())
        expected = reference.unfold(x, (3, 2), stride, padding, dilation, fill)
        checks.equal(student.unfold(x, (3, 2), stride, padding, dilation, fill), expected, what="The stack of patches", hint=2)

    def test_default_fill(self, student, reference, draw):
        """Where nothing else is said the padding consists of zeros."""
        x = numbers(draw, 2, 3, 5, 6)
        got = student.unfold(x, (3, 2), padding=(2, 1))
        checks.equal(got, reference.unfold(x, (3, 2), padding=(2, 1)), what="The stack of patches of images with a frame", hint=2)


@task("conv2d")
class TestConv2d:
    @pytest.mark.parametrize("name", GEOMETRIES)
    def test_reference(self, student, reference, draw, name):
        """The feature maps of drawn images."""
        geometry, share = geometry_of(name)
        x, weight, bias = numbers(draw, 2, 6, 10, 11), numbers(draw, 4, share, 3, 2), numbers(draw, 4)
        expected = reference.conv2d(x, weight, bias, *geometry)
        checks.close(student.conv2d(x, weight, bias, *geometry), expected, what="The stack of feature maps", hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("name", ["plain", "together"])
    def test_gradients(self, student, reference, draw, name):
        """The gradients that autograd finds with respect to the images, the filters and the bias."""
        geometry, share = geometry_of(name)
        inputs = {"x": numbers(draw, 2, 6, 10, 11), "weight": numbers(draw, 4, share, 3, 2), "bias": numbers(draw, 4)}
        checks.gradients_like(conv_and_gradients, student, reference, inputs, *geometry, rng=draw.rng, hint=3)

    @kind("property")
    def test_depthwise(self, student, reference, draw):
        """As many groups as channels: every channel has filters of its own; and a batch of one image."""
        x, weight = numbers(draw, 1, 5, 7, 6), numbers(draw, 10, 1, 3, 3)
        expected = reference.conv2d(x, weight, None, ONE, ONE, ONE, 5)
        checks.close(student.conv2d(x, weight, None, ONE, ONE, ONE, 5), expected, what="The stack of feature maps", hint=3)

    @kind("speed")
    def test_speed(self, student, reference, draw):
        """All places are served by a few operations on whole matrices."""

        def inputs():
            return numbers(draw, 4, 8, 48, 48).float(), numbers(draw, 16, 8, 3, 3).float()

        checks.speed(student.conv2d, reference.conv2d, inputs, hint=3)

    @kind("speed_cuda")
    def test_speed_on_a_gpu(self, student, reference, draw):
        """A device, too, is kept busy by a few operations on whole matrices: thousands of small ones would leave it waiting."""

        def inputs():
            return numbers(draw, 4, 16, 64, 64).float(), numbers(draw, 32, 16, 3, 3).float()

        floor_bytes = 4 * (4 * 16 * 64 * 64 + 4 * 32 * 62 * 62)  # the images are read and the maps are written, once
        checks.speed(student.conv2d, reference.conv2d, inputs, floor_bytes=floor_bytes, hint=3)


@task("conv2d_backward")
class TestConv2dBackward:
    def test_reference(self, student, reference, draw):
        """The three gradients for drawn images and filters."""
        self.compare(student, reference, draw, "plain", hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("name", ["stride", "padding", "dilation", "groups", "together"])
    def test_geometry(self, student, reference, draw, name):
        """The three gradients behind a stride, padding, dilation, groups, and all of them."""
        self.compare(student, reference, draw, name, hint=3)

    def compare(self, student, reference, draw, name, hint):
        """Hold the three gradients to the reference's."""
        geometry, share = geometry_of(name)
        x, weight = numbers(draw, 2, 6, 10, 11), numbers(draw, 4, share, 3, 2)
        upstream = numbers(draw, *reference.conv2d(x, weight, None, *geometry).shape)
        got = checks.unpack(student.conv2d_backward(upstream, x, weight, *geometry), 3, what="What comes back", hint=hint)
        expected = reference.conv2d_backward(upstream, x, weight, *geometry)
        for found, wanted, of in zip(got, expected, ("x", "weight", "the bias"), strict=True):
            checks.close(found, wanted, what=f"The gradient with respect to {of}", hint=hint)


@task("pool2d")
class TestPool2d:
    @pytest.mark.parametrize("how", ["max", "mean"])
    def test_reference(self, student, reference, draw, how):
        """Drawn maps through a pooling with stride, padding and dilation, all at once."""
        x = numbers(draw, 2, 3, 11, 12)
        for geometry in (((2, 3), None), ((3, 2), (1, 2), ONE), ((3, 2), (2, 1), (1, 0), (2, 3)), ((1, 5), (3, 1))):
            got = student.pool2d(x, *geometry, how=how)
            checks.close(got, reference.pool2d(x, *geometry, how=how), what=f'The output with "{how}"', hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("how", ["max", "mean"])
    def test_gradients(self, student, reference, draw, how):
        """The gradient with respect to the maps, which hold whole numbers, many of them alike."""
        x = torch.from_numpy(draw.rng.integers(0, 4, (2, 3, 7, 8))).double()
        geometry = ((3, 2), (2, 1), ONE, (1, 2), how)
        checks.gradients_like(pool_and_gradient, student, reference, {"x": x}, *geometry, rng=draw.rng, hint=3)


@task("CNN.forward")
class TestCNN:
    def test_reference(self, student, reference, draw):
        """The log-probabilities of a network of two blocks with drawn weights."""
        self.compare(student, reference, draw, training=False)

    @kind("property")
    def test_while_it_trains(self, student, reference, draw):
        """While it trains, every norm uses the batch's own mean and variance."""
        self.compare(student, reference, draw, training=True)

    def compare(self, student, reference, draw, *, training):
        """Hold the log-probabilities to the reference's."""
        blocks = [(4, (7, 5), (2, 1)), (6, (1, 3), (2, 4))]
        weights = {
            "filters.0": numbers(draw, 4, 3, 7, 5),
            "filters.1": numbers(draw, 6, 4, 1, 3),
            "norms.0.weight": numbers(draw, 4),
            "norms.1.bias": numbers(draw, 6),
            "norms.1.running_mean": numbers(draw, 6),
            "norms.1.running_var": numbers(draw, 6).square() + 0.5,
            "w": numbers(draw, 5, 24),
            "b": numbers(draw, 5),
        }
        arguments = (numbers(draw, 7, 3, 9, 8), weights, (3, 9, 8), blocks, 5, training)
        found = network(student, *arguments)
        checks.close(found, network(reference, *arguments), what="The table of log-probabilities", hint=3 if training else 2)


def two_kinds(rng, count):
    """Return signals that lie above zero, or below: labels 1 and 0."""
    labels = torch.from_numpy(rng.permutation(count) % 2)
    level = (2.0 * labels - 1)[:, None] * torch.from_numpy(rng.uniform(1.0, 2.0, (count, 1)))
    signals = level + 0.1 * torch.from_numpy(rng.standard_normal((count, 40)))
    return signals.float()[:, None, None, :], labels


@task("GlyphClassifier")
class TestGlyphClassifier:
    def test_a_handful(self, student, draw):
        """A handful of images is enough to be taught with, and one is enough to be asked about."""
        classifier = student.GlyphClassifier()
        classifier.fit(*two_kinds(draw.rng, 12))
        for count in (1, 5):
            found = classifier.predict(two_kinds(draw.rng, count)[0])
            checks.shape(found, (count,), torch.int64, what="The list of labels", hint=1)

    def test_alone_or_together(self, student, draw):
        """A signal is judged for itself, whatever else is asked about at the same time; and a second classifier is another one."""
        classifier, other = student.GlyphClassifier(), student.GlyphClassifier()
        images, labels = two_kinds(draw.rng, 120)
        classifier.fit(images, labels)
        other.fit(images, 1 - labels)
        images, labels = two_kinds(draw.rng, 40)
        for label in (0, 1):
            chosen = labels == label
            checks.equal(classifier.predict(images[chosen]), labels[chosen], what="The list of labels of one kind alone", hint=3)
        checks.equal(other.predict(images[:1]), 1 - labels[:1], what="The label that a classifier of other labels gives", hint=1)

    @kind("performance")
    @pytest.mark.parametrize("level", checks.LEVELS)
    def test_level(self, student, draw, level):
        """600 glyphs of an alphabet that nobody has seen teach it to read 1,000 others."""

        def run(rng):
            glyphs = alphabet(rng)
            images, labels = glyphs.draw(600, rng)
            unseen, expected = glyphs.draw(1000, rng)
            classifier = student.GlyphClassifier()
            classifier.fit(images, labels)
            found = checks.shape(classifier.predict(unseen), (1000,), torch.int64, what="The list of labels", hint=1)
            return float((found == expected).double().mean())

        checks.levels(student, level, run, draw=draw, hint=3)


@task("integration")
class TestIntegration:
    def test_by_hand_and_by_autograd(self, student, reference, draw):
        """A network's own pieces, and the way back through its first convolution by hand."""
        weights = {"filters.0": numbers(draw, 4, 3, 3, 5), "w": numbers(draw, 5, 32), "b": numbers(draw, 5)}
        arguments = (numbers(draw, 3, 3, 8, 8), numbers(draw, 3, 5), weights, (3, 8, 8), [(4, (3, 5), (2, 4))], 5)
        found = checks.unpack(backward_by_hand(student, *arguments), 4)
        names = ("filters, by autograd,", "images, by hand,", "filters, by hand,", "bias, by hand,")
        for got, expected, name in zip(found, backward_by_hand(reference, *arguments), names, strict=True):
            checks.close(got, expected, what=f"The gradient of the {name}")
