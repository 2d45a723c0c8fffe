"""The filters are used through `.data`, behind the back of autograd: the maps are right and the filters never learn."""

LOSES = {"conv2d.gradient": "hidden::TestConv2d::test_gradients[plain]"}


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.reshape(batch, groups, -1, height * width)
    maps = (weight.data.reshape(groups, len(weight) // groups, -1) @ columns).reshape(batch, -1, height, width)
    return maps if bias is None else maps + bias[:, None, None]
