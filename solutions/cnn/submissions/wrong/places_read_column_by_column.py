"""The places are flattened column by column and read back row by row: the feature map is jumbled, and no shape complains."""

LOSES = {"conv2d.correctness": "public::TestConv2d::test_handout_example"}


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.transpose(4, 5).reshape(batch, groups, -1, height * width)
    maps = (weight.reshape(groups, len(weight) // groups, -1) @ columns).reshape(batch, -1, height, width)
    return maps if bias is None else maps + bias[:, None, None]
