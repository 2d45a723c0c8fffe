"""The gradient of the image is a convolution of what comes back with the filters as they are; on the way back they are turned upside down."""

LOSES = {"conv2d_backward.correctness": "public::TestConv2dBackward::test_handout_example"}


def conv2d_backward(upstream, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation)
    columns = windows.reshape(len(x), groups, -1, windows.shape[4] * windows.shape[5])
    maps = upstream.reshape(len(x), groups, len(weight) // groups, -1)
    d_weight = (maps @ columns.mT).sum(0).reshape(weight.shape)
    filters = weight.flip(2, 3).reshape(groups, len(weight) // groups, -1)
    d_windows = (filters.mT @ maps).reshape(windows.shape)
    (height, width), (rows, across) = x.shape[2:], padding
    d_padded = x.new_zeros(*x.shape[:2], height + 2 * rows, width + 2 * across)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            met = d_padded[:, :, i * dilation[0] :: stride[0], j * dilation[1] :: stride[1]]
            met[:, :, : windows.shape[4], : windows.shape[5]] += d_windows[:, :, i, j]
    return d_padded[:, :, rows : rows + height, across : across + width], d_weight, upstream.sum((0, 2, 3))
