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
    found, field, jump = [], 1, 1
    for kernel, stride, padding, dilation in layers:
        span = dilation * (kernel - 1) + 1
        size = (size + 2 * padding - span) // stride + 1
        field += (span - 1) * jump
        jump *= stride
        found.append((size, field, jump))
    return found


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
    rows, columns = padding
    windows = F.pad(x, (columns, columns, rows, rows), value=fill)
    for axis, taps, step, gap in zip((2, 3), kernel, stride, dilation, strict=True):
        windows = windows.unfold(axis, gap * (taps - 1) + 1, step)[..., ::gap]
    return windows.permute(0, 1, 4, 5, 2, 3)


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
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.reshape(batch, groups, -1, height * width)  # (batch, groups, taps of a filter, places)
    filters = weight.reshape(groups, len(weight) // groups, -1)  # (groups, filters of a group, taps of a filter)
    maps = (filters @ columns).reshape(batch, -1, height, width)
    return maps if bias is None else maps + bias[:, None, None]


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
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    columns = windows.reshape(len(x), groups, -1, windows.shape[4] * windows.shape[5])
    filters = weight.reshape(groups, len(weight) // groups, -1)
    maps = upstream.reshape(len(x), groups, len(weight) // groups, -1)  # (batch, groups, filters of a group, places)
    d_weight = (maps @ columns.mT).sum(0).reshape(weight.shape)
    d_windows = (filters.mT @ maps).reshape(windows.shape)

    (height, width), (rows, across) = x.shape[2:], padding
    d_padded = x.new_zeros(*x.shape[:2], height + 2 * rows, width + 2 * across)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):  # each tap met every stride-th place; where patches overlap, gradients add up
            met = d_padded[:, :, i * dilation[0] :: stride[0], j * dilation[1] :: stride[1]]
            met[:, :, : windows.shape[4], : windows.shape[5]] += d_windows[:, :, i, j]
    d_x = d_padded[:, :, rows : rows + height, across : across + width]
    return d_x, d_weight, upstream.sum((0, 2, 3))


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
    stride = kernel if stride is None else stride
    if how == "max":
        return unfold(x, kernel, stride, padding, dilation, -math.inf).flatten(2, 3).max(2).values
    inside = unfold(torch.ones_like(x[:1, :1]), kernel, stride, padding, dilation).sum((2, 3))
    return unfold(x, kernel, stride, padding, dilation).sum((2, 3)) / inside


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
        for filters, norm, pool in zip(self.filters, self.norms, self.pools, strict=True):
            same = (filters.shape[2] // 2, filters.shape[3] // 2)
            x = pool2d(norm(conv2d(x, filters, padding=same)).relu(), pool)
        return (x.flatten(1) @ self.w.T + self.b).log_softmax(1)


class GlyphClassifier:
    """Learn to tell images apart, in any way that uses no ready-made convolution."""

    def __init__(self) -> None:
        """Be ready for `fit`; every classifier begins anew."""
        self.network: CNN | None = None

    def fit(self, images: Tensor, labels: Tensor) -> None:
        """Learn from images float32 (count, 1, 1, width) and their labels int64 (count,), numbered from 0."""
        blocks = [(24, (1, 5), (1, 2)), (40, (1, 9), (1, images.shape[3] // 2))]  # the second pooling spans all that is left
        self.network = CNN(tuple(images.shape[1:]), blocks, int(labels.max()) + 1)
        epochs, size, rate = 16, 50, 0.01
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * math.ceil(len(images) / size))
        for _ in range(epochs):
            for batch in torch.randperm(len(images)).split(size):
                loss = F.nll_loss(self.network(self._shifted(images[batch])), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self.network.eval()

    def predict(self, images: Tensor) -> Tensor:
        """Return the labels int64 (count,) of images, each judged for itself."""
        with torch.no_grad():
            return self.network(images).argmax(1)

    def _shifted(self, images: Tensor, most: int = 4) -> Tensor:
        """Return the images moved to the left or right by up to `most` columns each, and zeros where nothing is left."""
        width = images.shape[3]
        start = torch.randint(2 * most + 1, (len(images), 1))
        return F.pad(images, (most, most)).flatten(1).gather(1, start + torch.arange(width))[:, None, None]
