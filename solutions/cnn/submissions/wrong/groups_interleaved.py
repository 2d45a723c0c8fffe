"""The channels are dealt out to the groups in turn; each group should have a block of neighbouring channels."""

LOSES = {"conv2d.correctness": "public::TestConv2d::test_groups_side_by_side"}


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.unflatten(1, (-1, groups)).transpose(1, 2).reshape(batch, groups, -1, height * width)
    maps = (weight.reshape(groups, len(weight) // groups, -1) @ columns).reshape(batch, -1, height, width)
    return maps if bias is None else maps + bias[:, None, None]
