"""Everything is turned into double precision: the values are right, and images in single precision come back in another dtype."""

LOSES = {
    "conv2d.property": "public::TestConv2d::test_precision_is_kept",
    "conv2d.speed": "hidden::TestConv2d::test_speed",
    "conv2d.speed_cuda": "hidden::TestConv2d::test_speed_on_a_gpu",
}


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    x, weight = x.double(), weight.double()
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.reshape(batch, groups, -1, height * width)
    maps = (weight.reshape(groups, len(weight) // groups, -1) @ columns).reshape(batch, -1, height, width)
    return maps if bias is None else maps + bias[:, None, None]
