"""All of the padding stands on the right and below: the patches are shifted against the image."""

LOSES = {"unfold.correctness": "public::TestUnfold::test_padding_on_all_sides"}


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    windows = F.pad(x, (0, 2 * padding[1], 0, 2 * padding[0]), value=fill)
    for axis, taps, step, gap in zip((2, 3), kernel, stride, dilation):
        windows = windows.unfold(axis, gap * (taps - 1) + 1, step)[..., ::gap]
    return windows.permute(0, 1, 4, 5, 2, 3)
