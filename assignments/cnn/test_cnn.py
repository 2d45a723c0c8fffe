"""Public grader of `cnn`."""

import pytest
import torch

from grader import checks
from grader.plugin import kind, probe, task

# The handout's example: an image of 3 by 3, a filter of 2 by 2, and what comes back from the loss.
IMAGE = torch.tensor([[1, 2, 0], [0, 1, 3], [4, 0, 1]], dtype=torch.float64)[None, None]
FILTER = torch.tensor([[1, 0], [-1, 2]], dtype=torch.float64)[None, None]
MAP = torch.tensor([[4, 8], [-3, 4]], dtype=torch.float64)[None, None]
UPSTREAM = torch.tensor([[1, 0], [2, -1]], dtype=torch.float64)[None, None]

ONE, NONE = (1, 1), (0, 0)


@probe
def unfold_of_a_view(student, x, kernel, stride, padding, dilation):
    """Return the patches of an image that is a view of a larger one: every second row, rows and columns exchanged."""
    return student.unfold(x[:, :, ::2].transpose(2, 3), kernel, stride, padding, dilation)


@probe
def conv_arguments(student, x, weight, bias):
    """Return the arguments as they are after the call."""
    student.conv2d(x, weight, bias, (2, 1), (1, 1))
    return [x, weight, bias]


@probe
def conv_and_gradients(student, upstream, x, weight, bias, stride, padding, dilation, groups):
    """Return the feature maps, and the gradients of their sum weighted with `upstream`."""
    leaves = [value.requires_grad_() for value in (x, weight, bias)]
    out = student.conv2d(*leaves, stride, padding, dilation, groups)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


@probe
def conv_and_backward(student, upstream, x, weight, bias, stride, padding, dilation, groups):
    """Return the feature maps, and the gradients that the backward pass by hand makes of `upstream`."""
    with torch.no_grad():
        out = student.conv2d(x, weight, bias, stride, padding, dilation, groups)
        if upstream is None:
            return out, []
        return out, student.conv2d_backward(upstream, x, weight, stride, padding, dilation, groups)


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
    """Return the log-probabilities of a network with these weights, and its first running mean afterwards."""
    module = student.CNN(image, blocks, classes).double()
    module.load_state_dict(weights, strict=False)
    module.train(training)
    with torch.no_grad():
        return module(x), module.norms[0].running_mean


def numbers(draw, *shape):
    """Draw normal numbers of exactly this shape."""
    return torch.from_numpy(draw.rng.standard_normal(shape))


def images_and_filters(draw, height=7, width=8, rows=3, columns=2):
    """Draw images and filters of these sizes, with as many images, channels and filters as chance wants, no two sizes alike."""
    draw.shape(f"height={height} width={width} rows={rows} columns={columns}")
    return draw("batch channels height width"), draw("filters channels rows columns")


def conv(student, x, weight, bias=None, stride=ONE, padding=NONE, dilation=ONE, groups=1):
    """Return the feature maps, once they can be computed with."""
    out = student.conv2d(x, weight, bias, stride, padding, dilation, groups)
    sizes = [
        (x.shape[axis] + 2 * padding[axis - 2] - dilation[axis - 2] * (weight.shape[axis] - 1) - 1) // stride[axis - 2] + 1
        for axis in (2, 3)
    ]
    return checks.shape(out, (len(x), len(weight), *sizes), x.dtype, what="The stack of feature maps", hint=1)


def output(student, x, weights, image, blocks, classes, *, training=False):
    """Return the log-probabilities of a network, once they can be computed with."""
    found, _ = checks.unpack(network(student, x, weights, image, blocks, classes, training), 2)
    return checks.shape(found, (len(x), classes), what="The table of log-probabilities", hint=1)


def delta_weights(image, filters, classes, pixel=None):
    """Return weights of one block whose filters copy channel 0; of class 1 alone, `w` sees one feature, of all without `pixel`."""
    channels, height, width = image
    taps = torch.zeros(filters, channels, 3, 3, dtype=torch.float64)
    taps[:, 0, 1, 1] = 1.0
    w = torch.zeros(classes, filters * height * width, dtype=torch.float64)
    w[1, slice(None) if pixel is None else pixel] = 1.0
    return {"filters.0": taps, "w": w, "b": torch.zeros(classes, dtype=torch.float64)}


@task("receptive_fields")
class TestReceptiveFields:
    def test_padding_keeps_the_size(self, student):
        """A kernel of 3 takes a place away on either side, 100 become 98; padding of 1 gives them back."""
        found = student.receptive_fields(100, [(3, 1, 0, 1)])
        checks.equal(found, [(98, 3, 1)], what="The list for one layer without padding", hint=1)
        found = student.receptive_fields(100, [(3, 1, 1, 1)])
        checks.equal(found, [(100, 3, 1)], what="The list for one layer with padding", hint=2)

    def test_two_threes_are_a_five(self, student):
        """A place that sees 3 places, each of which sees 3, sees 5."""
        found = student.receptive_fields(20, [(3, 1, 0, 1), (3, 1, 0, 1)])
        checks.equal(found, [(18, 3, 1), (16, 5, 1)], what="The list for two kernels of 3", hint=2)

    def test_pooling_doubles_the_steps(self, student):
        """The handout's stack: behind a pooling of 2, a step to the neighbour is a step of 2 in the image."""
        found = student.receptive_fields(28, [(5, 1, 2, 1), (2, 2, 0, 1), (3, 1, 0, 2), (3, 3, 1, 1)])
        checks.equal(found, [(28, 5, 1), (14, 6, 2), (10, 14, 2), (4, 18, 6)], what="The handout's list", hint=2)

    def test_go(self, student):
        """Twelve layers look at a Go board, padded so that 19 places stay 19; no pooling, which would throw positions away."""
        layers = [(5, 1, 2, 1)] + 11 * [(3, 1, 1, 1)]
        expected = [(19, 5 + 2 * layer, 1) for layer in range(12)]
        checks.equal(student.receptive_fields(19, layers), expected, what="The list for the Go network", hint=2)
        found = student.receptive_fields(19, [(5, 1, 2, 1), (2, 2, 0, 1)])
        checks.equal(found, [(19, 5, 1), (9, 6, 2)], what="The list with a pooling that leaves a row out", hint=2)


@task("unfold")
class TestUnfold:
    def test_handout_example(self, student):
        """The four patches of the handout: tap by tap what it meets at the four places."""
        expected = [[[[1, 2], [0, 1]], [[2, 0], [1, 3]]], [[[0, 1], [4, 0]], [[1, 3], [0, 1]]]]
        expected = torch.tensor(expected, dtype=torch.float64)[None, None]
        checks.equal(student.unfold(IMAGE, (2, 2)), expected, what="The stack of patches", hint=1)

    def test_padding_on_all_sides(self, student):
        """One pixel with one row above and below, and two columns on either side, of another number."""
        expected = torch.full((3, 5), 7.0, dtype=torch.float64)
        expected[1, 2] = 3.0
        got = student.unfold(torch.full((1, 1, 1, 1), 3.0, dtype=torch.float64), ONE, ONE, (1, 2), ONE, 7.0)
        checks.equal(got, expected[None, None, None, None], what="The padded pixel", hint=2)

    def test_stride_and_dilation(self, student):
        """A kernel of 2 taps, 3 columns apart, moves on by 2 columns and finds 2 places in 7 columns."""
        row = torch.arange(7, dtype=torch.float64)[None, None, None]
        got = student.unfold(row, (1, 2), (1, 2), NONE, (1, 3))
        checks.equal(got, torch.tensor([[0, 2], [3, 5]], dtype=torch.float64)[None, None, None, :, None], what="The row's patches", hint=2)

    def test_rows_and_columns(self, student, draw):
        """A kernel that covers the image whole has one place, and its taps are the image."""
        x = draw("batch channels height width")
        got = student.unfold(x, (draw.sizes["height"], draw.sizes["width"]))
        checks.equal(got, x[..., None, None], what="The only patch", hint=1)

    @kind("property")
    def test_any_view(self, student, draw):
        """The image may itself be a view whose numbers do not stand one behind the other in memory."""
        draw.shape("tall=12 width=11 rows=2 columns=3")
        x = draw("batch channels tall width")
        geometry = ((2, 3), (2, 1), NONE, (1, 2))
        size = (draw.sizes["batch"], draw.sizes["channels"], 2, 3, (draw.sizes["width"] - 2) // 2 + 1, 2)
        plain = student.unfold(x[:, :, ::2].transpose(2, 3).contiguous(), *geometry)
        plain = checks.shape(plain, size, what="The stack of patches", hint=2)
        checks.equal(unfold_of_a_view(student, x, *geometry), plain, what="The stack of patches of a view", hint=3)

    @kind("property")
    def test_precision_is_kept(self, student, draw):
        """Single precision in, the same numbers in single precision out."""
        x = draw("batch=1 channels height=6 width=7").float()
        size = (1, draw.sizes["channels"], 3, 2, 6, 6)
        double = checks.shape(student.unfold(x.double(), (3, 2), ONE, (1, 0)), size, what="The stack of patches", hint=2)
        got = student.unfold(x, (3, 2), ONE, (1, 0))
        checks.equal(got, double.float(), what="The stack of patches in single precision", hint=2)


@task("conv2d")
class TestConv2d:
    def test_handout_example(self, student):
        """The filter of the handout at its four places, and a bias of 1."""
        got = student.conv2d(IMAGE, FILTER, torch.ones(1, dtype=torch.float64))
        checks.close(got, MAP, what="The feature map", hint=1)

    def test_feature_maps(self, student, draw):
        """64 filters of 3 x 3 x 3 turn an image of 100 x 100 x 3 into 98 x 98 x 64; the next layer's filters are 3 x 3 x 64."""
        x, first = numbers(draw, 1, 3, 100, 100), numbers(draw, 64, 3, 3, 3)
        maps = conv(student, x, first)
        checks.shape(maps, (1, 64, 98, 98), what="The stack of feature maps", hint=1)
        again = conv(student, maps, numbers(draw, 5, 64, 3, 3))
        checks.shape(again, (1, 5, 96, 96), what="What the second layer makes of it", hint=1)

    def test_the_same_filter_everywhere(self, student, draw):
        """What is moved in the image is moved alike in the feature map: one set of parameters serves all places."""
        x, weight = torch.zeros(2, 3, 12, 13, dtype=torch.float64), numbers(draw, 6, 3, 4, 2)
        x[:, :, 3:6, 2:7] = numbers(draw, 2, 3, 3, 5)
        here = conv(student, x, weight)
        there = conv(student, x.roll((3, 4), (2, 3)), weight)
        checks.close(there, here.roll((3, 4), (2, 3)), what="The feature map of the moved image", hint=1)

    def test_fully_connected_with_zeros(self, student, draw):
        """It is a fully connected layer on the flattened image: each row of its matrix has one filter's numbers, and else zeros."""
        x, weight = numbers(draw, 3, 2, 5, 4), numbers(draw, 6, 2, 3, 3)
        single = torch.eye(40, dtype=torch.float64).reshape(40, 2, 5, 4)  # one image for each of the 2 * 5 * 4 pixels
        matrix = conv(student, single, weight).flatten(1).T  # (outputs, pixels)
        product = (x.flatten(1) @ matrix.T).reshape(3, 6, 3, 2)
        checks.close(student.conv2d(x, weight), product, what="The feature map, beside the product of matrix and flat image,", hint=1)
        rows = matrix.sort(dim=1).values.reshape(6, 6, 40)  # (filters, places, pixels)
        own = torch.cat([weight.flatten(1), torch.zeros(6, 40 - 18, dtype=torch.float64)], dim=1).sort(dim=1).values
        checks.close(rows, own[:, None].expand(6, 6, 40).clone(), what="The matrix of all pixels, each row in order of size,", hint=1)

    def test_padding_is_zeros_around(self, student, draw):
        """Padding is a frame of zeros: one row above and below, three columns on either side."""
        x, weight = images_and_filters(draw, rows=2, columns=3)
        framed = torch.nn.functional.pad(x, (3, 3, 1, 1))
        expected = conv(student, framed, weight)
        checks.close(student.conv2d(x, weight, None, ONE, (1, 3)), expected, what="The feature map with padding", hint=2)

    def test_stride_leaves_out(self, student, draw):
        """A stride keeps every second row and every third column of what is there without."""
        x, weight = images_and_filters(draw, height=10, width=11)
        dense = conv(student, x, weight)
        expected = dense[:, :, ::2, ::3].clone()
        checks.close(student.conv2d(x, weight, None, (2, 3)), expected, what="The feature map with a stride", hint=2)

    def test_dilation_is_a_filter_with_holes(self, student, draw):
        """Taps that are 3 rows apart are a taller filter with zeros between its rows."""
        x, weight = images_and_filters(draw, height=9)
        holed = torch.zeros(draw.sizes["filters"], draw.sizes["channels"], 7, 2, dtype=torch.float64)
        holed[:, :, ::3] = weight
        expected = conv(student, x, holed)
        checks.close(student.conv2d(x, weight, None, ONE, NONE, (3, 1)), expected, what="The feature map with dilation", hint=2)

    def test_groups_side_by_side(self, student, draw):
        """Two groups are two convolutions side by side, each of half of the channels with half of the filters."""
        x, weight = numbers(draw, 5, 6, 7, 8), numbers(draw, 4, 3, 2, 2)
        halves = [conv(student, x[:, :3].clone(), weight[:2].clone()), conv(student, x[:, 3:].clone(), weight[2:].clone())]
        got = student.conv2d(x, weight, None, ONE, NONE, ONE, 2)
        checks.close(got, torch.cat(halves, dim=1), what="The stack of feature maps of two groups", hint=3)

    @kind("property")
    def test_images_do_not_mix(self, student, draw):
        """No image of the batch sees another."""
        x, weight = images_and_filters(draw)
        checks.independent(lambda images: student.conv2d(images, weight), x, axis=0, rng=draw.rng, what="The stack of feature maps", hint=2)

    @kind("property")
    def test_precision_is_kept(self, student, draw):
        """Single precision in, single precision out, and the same numbers as in double precision up to rounding."""
        (x, weight), bias = images_and_filters(draw), draw("filters")
        double = conv(student, x, weight, bias, ONE, ONE)
        single = student.conv2d(x.float(), weight.float(), bias.float(), ONE, ONE)
        checks.close(single, double.float(), what="The stack of feature maps in single precision", hint=2)

    @kind("property")
    def test_arguments_are_kept(self, student, draw):
        """The call changes none of its arguments."""
        arguments = *images_and_filters(draw), draw("filters")
        checks.arguments_kept(conv_arguments, student, *arguments, names=("x", "weight", "bias"), hint=2)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradients that autograd finds are the slopes of the feature maps."""
        inputs = {"x": numbers(draw, 2, 4, 5, 6), "weight": numbers(draw, 6, 2, 2, 3), "bias": numbers(draw, 6)}
        checks.gradients(conv_and_gradients, student, inputs, (2, 1), (1, 2), ONE, 2, rng=draw.rng, hint=3)


@task("conv2d_backward")
class TestConv2dBackward:
    def test_handout_example(self, student):
        """The three gradients of the handout; the pixel in the middle hears of all four places."""
        got = checks.unpack(student.conv2d_backward(UPSTREAM, IMAGE, FILTER), 3, what="What comes back", hint=1)
        expected = {
            "x": torch.tensor([[1, 0, 0], [1, 1, 0], [-2, 5, -2]], dtype=torch.float64)[None, None],
            "weight": torch.tensor([[0, 1], [8, 0]], dtype=torch.float64)[None, None],
            "the bias": torch.tensor([2], dtype=torch.float64),
        }
        for found, (name, wanted) in zip(got, expected.items(), strict=True):
            checks.close(found, wanted, what=f"The gradient with respect to {name}", hint=2)

    def test_every_image_counts(self, student, draw):
        """The filters serve all images, so their gradients are sums over the batch; the gradient of an image is its own."""
        x, weight = images_and_filters(draw, height=7, width=9)
        upstream = numbers(draw, draw.sizes["batch"], draw.sizes["filters"], 5, 8)
        sizes = ((1, *x.shape[1:]), weight.shape, weight.shape[:1])
        single = []
        for n in range(draw.sizes["batch"]):
            got = checks.unpack(student.conv2d_backward(upstream[n : n + 1], x[n : n + 1], weight), 3, what="What comes back", hint=1)
            single.append([checks.shape(one, size, what="A gradient of one image", hint=1) for one, size in zip(got, sizes, strict=True)])
        d_x, d_weight, d_bias = checks.unpack(student.conv2d_backward(upstream, x, weight), 3, what="What comes back", hint=1)
        checks.close(d_x, torch.cat([one[0] for one in single]), what="The gradient with respect to x", hint=2)
        checks.close(d_weight, sum(one[1] for one in single), what="The gradient with respect to weight", hint=2)
        checks.close(d_bias, sum(one[2] for one in single), what="The gradient with respect to the bias", hint=2)

    @kind("gradient")
    @pytest.mark.parametrize(
        ("stride", "padding", "dilation", "groups"),
        [((2, 3), NONE, ONE, 1), (ONE, (1, 2), ONE, 1), (ONE, NONE, (3, 2), 1), (ONE, NONE, ONE, 2)],
        ids=["stride", "padding", "dilation", "groups"],
    )
    def test_slopes(self, student, draw, stride, padding, dilation, groups):
        """What is sent back is the slope of the forward pass, also for places that no patch meets."""
        inputs = {"x": numbers(draw, 2, 4, 8, 9), "weight": numbers(draw, 6, 4 // groups, 2, 3), "bias": numbers(draw, 6)}
        checks.gradients(conv_and_backward, student, inputs, stride, padding, dilation, groups, rng=draw.rng, hint=3)


@task("pool2d")
class TestPool2d:
    def test_handout_example(self, student):
        """Of 4, 8, -3 and 4 the largest is 8 and the mean 3.25; there is nothing to learn in either."""
        checks.close(student.pool2d(MAP, (2, 2)), torch.full((1, 1, 1, 1), 8.0, dtype=torch.float64), what="The largest", hint=1)
        got = student.pool2d(MAP, (2, 2), how="mean")
        checks.close(got, torch.full((1, 1, 1, 1), 3.25, dtype=torch.float64), what="The mean", hint=1)

    def test_side_by_side(self, student):
        """Without a stride patches lie side by side, and a row or column that does not fill a patch is left out."""
        x = torch.arange(15, dtype=torch.float64).reshape(1, 1, 3, 5)
        checks.close(
            student.pool2d(x, (2, 2)), torch.tensor([[[[6.0, 8.0]]]], dtype=torch.float64), what="The largest of each patch", hint=2
        )

    def test_padding_does_not_count(self, student):
        """Among negative numbers the padding is never the largest, and in a mean it is neither added nor counted."""
        x = torch.tensor([[[[-1.0, -2.0], [-3.0, -4.0]]]], dtype=torch.float64)
        checks.close(student.pool2d(x, (2, 2), (2, 2), ONE), x, what="The largest in each corner", hint=2)
        checks.close(student.pool2d(x, (2, 2), (2, 2), ONE, how="mean"), x, what="The mean of each corner", hint=2)

    @kind("property")
    def test_channels_do_not_mix(self, student, draw):
        """Every channel is pooled for itself."""
        draw.shape("height=6 width=7")
        x = draw("batch channels height width")
        for how in ("max", "mean"):
            pooled = {"axis": 1, "rng": draw.rng, "what": f'The output with "{how}"', "hint": 1}
            checks.equivariant(lambda maps, how=how: student.pool2d(maps, (2, 2), how=how), x, **pooled)
            checks.independent(lambda maps, how=how: student.pool2d(maps, (2, 2), how=how), x, **pooled)

    @kind("property")
    def test_precision_is_kept(self, student, draw):
        """Single precision in, single precision out."""
        x = draw("batch channels height=6 width=7")
        size = (draw.sizes["batch"], draw.sizes["channels"], 4, 4)
        for how in ("max", "mean"):
            double = checks.shape(student.pool2d(x, (2, 2), (2, 2), ONE, how=how), size, what=f'The output with "{how}"', hint=2)
            single = student.pool2d(x.float(), (2, 2), (2, 2), ONE, how=how)
            checks.close(single, double.float(), what=f'The output in single precision with "{how}"', hint=2)

    @kind("gradient")
    def test_ties(self, student):
        """Of equal largest entries the first one gets the whole gradient: behind a ReLU there are many zeros."""
        upstream, x = torch.full((1, 1, 1, 2), 3.0, dtype=torch.float64), torch.zeros(1, 1, 2, 4, dtype=torch.float64)
        got = checks.unpack(pool_and_gradient(student, upstream, x, (2, 2), None, NONE, ONE, "max"), 2)
        (gradient,) = checks.unpack(got[1], 1, what="The list of gradients", hint=3)
        expected = torch.tensor([[[[3.0, 0, 3.0, 0], [0, 0, 0, 0]]]], dtype=torch.float64)
        checks.close(gradient, expected, what="The gradient of two patches of zeros", hint=3)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradient is the slope of the output: 1 for the largest, shares for a mean."""
        order = torch.from_numpy(draw.rng.permutation(2 * 3 * 5 * 7)).double()  # whole numbers: no two alike, and no two near
        x = (order - order.mean()).reshape(2, 3, 5, 7) / 20
        for how in ("max", "mean"):
            checks.gradients(pool_and_gradient, student, {"x": x}, (3, 2), (1, 2), ONE, ONE, how, rng=draw.rng, hint=3)


@task("CNN.forward")
class TestCNN:
    def test_flattened_image(self, student, draw):
        """Features stand channel by channel, in each row by row: the weight of feature 2 * 20 + 5 + 3 sees channel 2, row 1, column 3."""
        x = numbers(draw, 6, 1, 4, 5).abs()
        weights = delta_weights((1, 4, 5), 3, 2, pixel=20 * 2 + 5 * 1 + 3)
        weights["filters.0"] *= torch.tensor([10.0, 20.0, 1.0], dtype=torch.float64)[:, None, None, None]
        found = output(student, x, weights, (1, 4, 5), [(3, (3, 3), ONE)], 2)
        seen = x[:, 0, 1, 3] / (1 + 1e-5) ** 0.5  # a fresh norm divides by the root of its variance, 1, plus 1e-5
        expected = torch.stack([torch.zeros_like(seen), seen], dim=1).log_softmax(1)
        checks.close(found, expected, what="The table of log-probabilities", hint=2)

    def test_probabilities(self, student, draw):
        """What comes out are logarithms of probabilities: each row of exponentials sums to 1."""
        x, blocks = numbers(draw, 5, 3, 6, 8), [(2, (3, 3), (2, 2)), (6, (3, 3), (1, 4))]
        found = output(student, x, {"w": numbers(draw, 7, 18)}, (3, 6, 8), blocks, 7)
        checks.close(found.exp().sum(1), torch.ones(len(x), dtype=torch.float64), what="The sum of each row's probabilities", hint=1)

    def test_shift_but_not_turn(self, student, draw):
        """A pooling over the whole image forgives a shift. It forgives neither a turn nor another size: those have to be learned."""
        glyph = numbers(draw, 3, 3)
        canvas = torch.zeros(4, 1, 12, 12, dtype=torch.float64)
        canvas[0, 0, 1:4, 2:5] = canvas[1, 0, 6:9, 7:10] = glyph
        canvas[2, 0, 1:4, 2:5] = glyph.rot90()
        canvas[3, 0, 1:7, 2:8] = glyph.repeat_interleave(2, 0).repeat_interleave(2, 1)
        weights = {"filters.0": numbers(draw, 5, 1, 3, 3), "w": numbers(draw, 7, 5)}
        weights["filters.0"][0] = glyph  # meets itself in the shifted glyph, and nowhere else
        found = output(student, canvas, weights, (1, 12, 12), [(5, (3, 3), (12, 12))], 7)
        checks.close(found[1], found[0], what="The answer to the shifted glyph", hint=1)
        for name, row in (("turned", found[2]), ("enlarged", found[3])):
            differs = bool(((row - found[0]).abs() > 1e-6).any())
            checks.that(differs, f"The answer to the {name} glyph should differ from the one to the glyph itself.", hint=1, got=found)

    @kind("property")
    def test_items_do_not_mix(self, student, draw):
        """Once it is trained (`eval`), no image of the batch sees another."""
        x, blocks = numbers(draw, 3, 2, 6, 7), [(4, (3, 3), (2, 2))]
        weights = {"w": numbers(draw, 5, 36), "filters.0": numbers(draw, 4, 2, 3, 3)}
        checks.independent(lambda images: output(student, images, weights, (2, 6, 7), blocks, 5), x, rng=draw.rng, what="The table", hint=3)

    @kind("property")
    def test_norm_learns_the_batch(self, student, draw):
        """While it trains, the norm remembers a tenth of the mean of what the convolution made of the batch."""
        x, blocks = numbers(draw, 3, 1, 4, 5), [(2, (3, 3), (2, 2))]
        weights = delta_weights((1, 4, 5), 2, 3)
        weights["w"] = weights["w"][:, :8].clone()
        _, mean = checks.unpack(network(student, x, weights, (1, 4, 5), blocks, 3, True), 2)
        checks.close(mean, (0.1 * x.mean()).expand(2).clone(), what="The running mean of the first norm", hint=3)


def two_kinds(rng, count):
    """Return signals that lie above zero, or below: labels 1 and 0."""
    labels = torch.from_numpy(rng.permutation(count) % 2)
    level = (2.0 * labels - 1)[:, None] * torch.from_numpy(rng.uniform(1.0, 2.0, (count, 1)))
    signals = level + 0.1 * torch.from_numpy(rng.standard_normal((count, 40)))
    return signals.float()[:, None, None, :], labels


@task("GlyphClassifier")
class TestGlyphClassifier:
    def test_above_and_below(self, student, draw):
        """Signals above zero and signals below it are told apart, each label an int64."""
        classifier = student.GlyphClassifier()
        classifier.fit(*two_kinds(draw.rng, 120))
        images, labels = two_kinds(draw.rng, 50)
        checks.equal(classifier.predict(images), labels, what="The list of labels", hint=1)


@task("integration")
class TestIntegration:
    def test_measured_field(self, student, draw):
        """How far a stack of your own convolutions sees is what `receptive_fields` says of it."""
        layers = [(3, 1, 1, 1), (3, 2, 0, 1), (2, 1, 0, 3)]
        found = checks.unpack(student.receptive_fields(25, layers), 3, what="The list for three layers")
        size, field, jump = checks.unpack(found[2], 3, what="The entry of the last layer")

        def stack(x):
            for taps, step, frame, gap in layers:
                ones = torch.ones(1, 1, 1, taps, dtype=torch.float64)
                x = student.conv2d(x, ones, None, (1, step), (0, frame), (1, gap))
            return x

        single = torch.eye(25, dtype=torch.float64)[:, None, None]  # one image for each place
        answers = checks.shape(stack(single), (25, 1, 1, 9), what="The output of the stack")
        met = answers[:, 0, 0] != 0  # (places of the image, of the output)
        checks.that(met.any(0).all(), "Every place of the output should see some place of the image.")
        middle = met.shape[1] // 2
        places, nexts = met[:, middle].nonzero().flatten(), met[:, middle + 1].nonzero().flatten()
        measured = (met.shape[1], int(places[-1] - places[0]) + 1, int(nexts[0] - places[0]))
        checks.equal((size, field, jump), measured, what="What `receptive_fields` says of the last layer, beside what was measured,")
