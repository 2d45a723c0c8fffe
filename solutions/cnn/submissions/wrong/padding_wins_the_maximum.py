"""The padding of the max pooling is zero: among negative numbers it is the largest."""

LOSES = {"pool2d.correctness": "public::TestPool2d::test_padding_does_not_count"}


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    stride = kernel if stride is None else stride
    windows = unfold(x, kernel, stride, padding, dilation)
    if how == "max":
        return windows.flatten(2, 3).max(2).values
    return windows.sum((2, 3)) / unfold(torch.ones_like(x[:1, :1]), kernel, stride, padding, dilation).sum((2, 3))
