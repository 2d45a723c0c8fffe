"""The places in the image are counted in double precision: images in single precision come back from the mean in another dtype."""

LOSES = {"pool2d.property": "public::TestPool2d::test_precision_is_kept"}


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    stride = kernel if stride is None else stride
    if how == "max":
        return unfold(x, kernel, stride, padding, dilation, -math.inf).flatten(2, 3).max(2).values
    ones = torch.ones(1, 1, *x.shape[2:], dtype=torch.float64)
    return unfold(x, kernel, stride, padding, dilation).sum((2, 3)) / unfold(ones, kernel, stride, padding, dilation).sum((2, 3))
