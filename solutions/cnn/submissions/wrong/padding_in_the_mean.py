"""The mean divides by the size of the kernel, so padding counts as zeros: at the border every mean is too small."""

LOSES = {"pool2d.correctness": "public::TestPool2d::test_padding_does_not_count"}


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    stride = kernel if stride is None else stride
    if how == "max":
        return unfold(x, kernel, stride, padding, dilation, -math.inf).flatten(2, 3).max(2).values
    return unfold(x, kernel, stride, padding, dilation).mean((2, 3))
