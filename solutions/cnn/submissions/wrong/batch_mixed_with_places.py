"""All images are unfolded into one matrix, and its product is reshaped without putting the batch back in front: images get mixed."""

LOSES = {"conv2d.correctness": "hidden::TestConv2d::test_reference[plain]"}


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.unflatten(1, (groups, -1)).permute(1, 2, 3, 4, 0, 5, 6).reshape(groups, weight[0].numel(), -1)
    maps = (weight.reshape(groups, len(weight) // groups, -1) @ columns).reshape(batch, -1, height, width)
    return maps if bias is None else maps + bias[:, None, None]
