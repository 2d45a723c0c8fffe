"""The way back knows one group only: with more of them the filters do not fit the patches."""

LOSES = {"conv2d_backward.gradient": "public::TestConv2dBackward::test_slopes[groups]"}


def conv2d_backward(upstream, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    maps = upstream.flatten(2)
    d_weight = (maps @ windows.reshape(len(x), -1, maps.shape[2]).mT).sum(0).reshape(weight.shape)
    d_windows = (weight.flatten(1).T @ maps).reshape(windows.shape)
    (height, width), (rows, across) = x.shape[2:], padding
    d_padded = x.new_zeros(*x.shape[:2], height + 2 * rows, width + 2 * across)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            met = d_padded[:, :, i * dilation[0] :: stride[0], j * dilation[1] :: stride[1]]
            met[:, :, : windows.shape[4], : windows.shape[5]] += d_windows[:, :, i, j]
    return d_padded[:, :, rows : rows + height, across : across + width], d_weight, upstream.sum((0, 2, 3))
