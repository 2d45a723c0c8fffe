"""A small class works out which row and column each tap meets, and the patches are fetched by that table of indices."""

import math

import numpy as np
import torch
from torch import nn


class Table:
    """The rows and columns of a padded image that the taps of a kernel meet."""

    def __init__(self, height, width, kernel, stride, padding, dilation):
        self.size = (height + 2 * padding[0], width + 2 * padding[1])
        self.inner = (slice(padding[0], padding[0] + height), slice(padding[1], padding[1] + width))
        self.rows = self.axis(self.size[0], kernel[0], stride[0], dilation[0])
        self.columns = self.axis(self.size[1], kernel[1], stride[1], dilation[1])

    @staticmethod
    def axis(size, taps, stride, dilation):
        starts = torch.arange(0, size - dilation * (taps - 1), stride)
        return torch.arange(taps)[:, None] * dilation + starts  # (taps, places)

    def frame(self, x, fill):
        framed = x.new_full((*x.shape[:2], *self.size), fill)
        framed[:, :, self.inner[0], self.inner[1]] = x
        return framed

    def fetch(self, framed):
        return framed[:, :, self.rows][:, :, :, :, self.columns].transpose(3, 4)


def receptive_fields(size, layers):
    def follow(layers, size, field, jump):
        if not layers:
            return []
        kernel, stride, padding, dilation = layers[0]
        places = len(range(0, size + 2 * padding - dilation * (kernel - 1), stride))
        wide = field + dilation * (kernel - 1) * jump
        return [(places, wide, jump * stride), *follow(layers[1:], places, wide, jump * stride)]

    return follow(list(layers), size, 1, 1)


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    table = Table(*x.shape[2:], kernel, stride, padding, dilation)
    return table.fetch(table.frame(x, fill))


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    patches = unfold(x, tuple(weight.shape[2:]), stride, padding, dilation)
    n, _, _, _, height, width = patches.shape
    flat = patches.reshape(n, groups, -1, height * width)
    blocks = weight.reshape(groups, weight.shape[0] // groups, -1).expand(n, -1, -1, -1)
    maps = torch.matmul(blocks, flat).reshape(n, weight.shape[0], height, width)
    if bias is None:
        return maps
    return torch.add(maps, bias.reshape(1, -1, 1, 1))


def conv2d_backward(upstream, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    table = Table(*x.shape[2:], tuple(weight.shape[2:]), stride, padding, dilation)
    patches = table.fetch(table.frame(x, 0.0))
    n, own = len(x), weight.shape[0] // groups
    come_back = upstream.reshape(n, groups, own, -1)
    flat = patches.reshape(n, groups, -1, come_back.shape[-1])
    d_weight = sum(come_back[i] @ flat[i].transpose(-1, -2) for i in range(n)).reshape(weight.shape)
    d_patches = (weight.reshape(groups, own, -1).transpose(1, 2) @ come_back).reshape(patches.shape).numpy()
    d_framed = np.zeros((n, x.shape[1], *table.size), dtype=d_patches.dtype)
    rows, columns = table.rows.numpy()[:, None, :, None], table.columns.numpy()[None, :, None, :]
    np.add.at(d_framed, (slice(None), slice(None), rows, columns), d_patches)
    d_x = torch.from_numpy(d_framed)[:, :, table.inner[0], table.inner[1]].contiguous()
    return d_x, d_weight, upstream.flatten(2).sum(-1).sum(0)


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    patches = unfold(x, kernel, stride if stride is not None else kernel, padding, dilation, math.nan)
    patches = patches.movedim((2, 3), (-2, -1)).flatten(-2)  # (batch, channels, out_height, out_width, taps)
    outside = patches.isnan()
    if how == "max":
        return patches.masked_fill(outside, -math.inf).max(dim=-1)[0]
    return patches.masked_fill(outside, 0.0).sum(-1) / (~outside).sum(-1)


class CNN(nn.Module):
    def forward(self, x):
        for n, taps in enumerate(self.filters):
            half = tuple(size // 2 for size in taps.shape[-2:])
            x = torch.relu(self.norms[n](conv2d(x, taps, None, (1, 1), half)))
            x = pool2d(x, self.pools[n])
        scores = torch.addmm(self.b, x.reshape(x.shape[0], -1), self.w.t())
        return scores - scores.logsumexp(dim=1, keepdim=True)


class GlyphClassifier:
    """One convolution with long filters, whose answers are pooled over the whole signal."""

    def __init__(self):
        self.parts = None

    def fit(self, images, labels):
        width = images.shape[-1]
        self.parts = CNN((1, 1, width), [(24, (1, 5), (1, 2)), (40, (1, 9), (1, width // 2))], 1 + int(labels.max()))
        rule = torch.optim.Adam(self.parts.parameters(), lr=8e-3)
        rounds = 14
        slower = torch.optim.lr_scheduler.LambdaLR(rule, lambda done: 1 - done / (rounds + 1))
        for _ in range(rounds):
            order = torch.randperm(len(images))
            for start in range(0, len(order), 32):
                chosen = order[start : start + 32]
                loss = -self.parts(images[chosen].roll(int(torch.randint(-3, 4, (1,))), dims=-1))
                loss = loss.gather(1, labels[chosen][:, None]).mean()
                rule.zero_grad()
                loss.backward()
                rule.step()
            slower.step()
        self.parts.train(False)

    def predict(self, images):
        return self.parts(images).detach().argmax(1)
