"""A convolutional neural network by hand: small filters that see a patch each, and the same filters everywhere."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def receptive_fields(size: int, layers: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int]]:
    """Follow one axis of an image through a stack of convolutions and poolings.

    size: places along this axis of the image
    layers: one `(kernel, stride, padding, dilation)` for each layer, first layer first; a kernel tap every `dilation` places,
        `padding` places added on either side, the kernel moved on by `stride` places. What does not fit any more is left out.

    Return one `(size, field, jump)` for each layer.
    size: places along this axis of the layer's output
    field: how many neighbouring places of the image, padding included, one place of the output spans
    jump: how many places of the image lie between the fields of two neighbouring places of the output
    """
    raise NotImplementedError("receptive_fields is yours to write")


def unfold(
    x: Tensor,
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
    fill: float = 0.0,
) -> Tensor:
    """Lay out every patch that a kernel meets on its way over the images.

    x: (batch, channels, height, width)
    kernel, stride, padding, dilation: pairs (rows, columns), as in `receptive_fields`; the padding consists of `fill`

    Return (batch, channels, kernel rows, kernel columns, out_height, out_width): entry [b, c, i, j, u, v] is the entry of channel c
    of image b that tap (i, j) of the kernel meets when the kernel is at place (u, v). No entry of x is changed.
    """
    raise NotImplementedError("unfold is yours to write")


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> Tensor:
    """Slide every filter over the images: one product of matrices for all places at once. Filters are not flipped.

    x: (batch, in_channels, height, width)
    weight: (filters, in_channels / groups, kernel rows, kernel columns), bias: (filters,)
    stride, padding, dilation: pairs (rows, columns); the padding is zero
    groups: channels and filters are cut into so many blocks of equal size; the filters of block g see the channels of block g alone

    Return the feature maps (batch, filters, out_height, out_width).
    """
    raise NotImplementedError("conv2d is yours to write")


def conv2d_backward(
    upstream: Tensor,
    x: Tensor,
    weight: Tensor,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> tuple[Tensor, Tensor, Tensor]:
    """Send the gradient of a loss back through `conv2d`, by hand.

    upstream: the gradient with respect to the feature maps, (batch, filters, out_height, out_width)
    The other arguments are those of the forward pass.

    Return the gradients with respect to x, to weight and to the bias, each of the shape of what it belongs to.
    """
    raise NotImplementedError("conv2d_backward is yours to write")


def pool2d(
    x: Tensor,
    kernel: tuple[int, int],
    stride: tuple[int, int] | None = None,
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
    how: str = "max",
) -> Tensor:
    """Keep one number of every patch, in each channel for itself.

    x: (batch, channels, height, width); kernel, stride, padding, dilation: pairs (rows, columns)
    stride: `kernel` where it is None, so that patches lie side by side
    padding: at most half of the kernel; what is added does not count: it is never the largest, and no part of a mean
    how: "max", or "mean" over those places of the patch that lie in the image

    Return (batch, channels, out_height, out_width). Of equal largest entries the first one, row by row, gets the whole gradient.
    """
    raise NotImplementedError("pool2d is yours to write")


class CNN(nn.Module):
    """Turn images into the log-probabilities of their classes."""

    def __init__(self, image: tuple[int, int, int], blocks: Sequence[tuple[int, tuple[int, int], tuple[int, int]]], classes: int) -> None:
        """Hold the parameters of some blocks and of one fully connected layer.

        image: (channels, height, width); blocks: one `(filters, kernel, pool)` for each, kernel rows and columns odd

        filters[n]: (filters, channels before, kernel rows, kernel columns) of block n
        norms[n]: the `nn.BatchNorm2d` of block n
        pools[n]: the pair `pool` of block n
        w: (classes, features), b: (classes,), where features = channels * height * width behind the last block
        """
        nn.Module.__init__(self)
        channels, height, width = image
        self.filters, self.norms, self.pools = nn.ParameterList(), nn.ModuleList(), []
        for filters, kernel, pool in blocks:
            size = math.sqrt(2 / (channels * kernel[0] * kernel[1]))
            self.filters.append(nn.Parameter(size * torch.randn(filters, channels, *kernel)))
            self.norms.append(nn.BatchNorm2d(filters))
            self.pools.append(pool)
            channels, height, width = filters, height // pool[0], width // pool[1]
        features = channels * height * width
        self.w = nn.Parameter(torch.randn(classes, features) / math.sqrt(features))
        self.b = nn.Parameter(torch.zeros(classes))

    def forward(self, x: Tensor) -> Tensor:
        """Send images through the blocks, flatten what comes out, and weigh it up.

        A block is: convolution without a bias, padded with zeros so that height and width stay; batch norm; ReLU; max pooling.
        x: (batch, channels, height, width)

        Return (batch, classes), the logarithm of the softmax of w · features + b, features flattened channel by channel, row by row.
        """
        raise NotImplementedError("CNN.forward is yours to write")


class GlyphClassifier:
    """Learn to tell images apart, in any way that uses no ready-made convolution."""

    def __init__(self) -> None:
        """Be ready for `fit`; every classifier begins anew."""
        raise NotImplementedError("GlyphClassifier.__init__ is yours to write")

    def fit(self, images: Tensor, labels: Tensor) -> None:
        """Learn from images float32 (count, 1, 1, width) and their labels int64 (count,), numbered from 0."""
        raise NotImplementedError("GlyphClassifier.fit is yours to write")

    def predict(self, images: Tensor) -> Tensor:
        """Return the labels int64 (count,) of images, each judged for itself."""
        raise NotImplementedError("GlyphClassifier.predict is yours to write")
