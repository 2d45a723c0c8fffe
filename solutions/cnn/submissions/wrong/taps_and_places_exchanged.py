"""The taps of the kernel stand behind the places: the axes are (out_height, out_width, kernel rows, kernel columns)."""

LOSES = {"unfold.correctness": "public::TestUnfold::test_rows_and_columns"}


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    windows = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=fill)
    for axis, taps, step, gap in zip((2, 3), kernel, stride, dilation):
        windows = windows.unfold(axis, gap * (taps - 1) + 1, step)[..., ::gap]
    return windows
