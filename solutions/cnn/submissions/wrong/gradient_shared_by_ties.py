"""Equal largest entries share the gradient, as `amax` does it; the specification gives all of it to the first."""

LOSES = {"pool2d.gradient": "public::TestPool2d::test_ties"}


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    stride = kernel if stride is None else stride
    if how == "max":
        return unfold(x, kernel, stride, padding, dilation, -math.inf).amax((2, 3))
    inside = unfold(torch.ones_like(x[:1, :1]), kernel, stride, padding, dilation).sum((2, 3))
    return unfold(x, kernel, stride, padding, dilation).sum((2, 3)) / inside
