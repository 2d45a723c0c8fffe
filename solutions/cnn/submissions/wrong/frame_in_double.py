"""The padded image is made in double precision whatever the image is: single precision comes back as double."""

LOSES = {"unfold.property": "public::TestUnfold::test_precision_is_kept"}


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    (rows, columns), (height, width) = padding, x.shape[2:]
    windows = torch.full((*x.shape[:2], height + 2 * rows, width + 2 * columns), fill, dtype=torch.float64)
    windows[:, :, rows : rows + height, columns : columns + width] = x
    for axis, taps, step, gap in zip((2, 3), kernel, stride, dilation):
        windows = windows.unfold(axis, gap * (taps - 1) + 1, step)[..., ::gap]
    return windows.permute(0, 1, 4, 5, 2, 3)
