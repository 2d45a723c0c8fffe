"""Without a stride the patches move on by 1 and overlap; they should lie side by side."""

LOSES = {"pool2d.correctness": "public::TestPool2d::test_side_by_side"}


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    stride = (1, 1) if stride is None else stride
    if how == "max":
        return unfold(x, kernel, stride, padding, dilation, -math.inf).flatten(2, 3).max(2).values
    inside = unfold(torch.ones_like(x[:1, :1]), kernel, stride, padding, dilation).sum((2, 3))
    return unfold(x, kernel, stride, padding, dilation).sum((2, 3)) / inside
