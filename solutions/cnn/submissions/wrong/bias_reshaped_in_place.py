"""The bias gets its two further axes in place: after the call the caller's own bias has another shape."""

LOSES = {"conv2d.property": "public::TestConv2d::test_arguments_are_kept"}


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    batch, height, width = len(x), *windows.shape[4:]
    columns = windows.reshape(batch, groups, -1, height * width)
    maps = (weight.reshape(groups, len(weight) // groups, -1) @ columns).reshape(batch, -1, height, width)
    if bias is None:
        return maps
    if bias.requires_grad:
        return maps + bias[:, None, None]
    return maps + bias.unsqueeze_(1).unsqueeze_(2)
