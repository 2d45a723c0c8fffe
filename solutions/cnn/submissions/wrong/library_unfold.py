"""The patches are cut by the library's `unfold`, which this task is about."""

LOSES = {"unfold.correctness": "hidden::TestUnfold::test_reference[plain]"}


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=fill)
    height, width = ((size - gap * (taps - 1) - 1) // step + 1 for size, taps, step, gap in zip(x.shape[2:], kernel, stride, dilation))
    patches = F.unfold(x, tuple(kernel), dilation, 0, stride)
    return patches.reshape(x.shape[0], x.shape[1], *kernel, height, width)
