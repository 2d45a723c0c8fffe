"""The taps stand side by side: `dilation` is not looked at."""

LOSES = {"unfold.correctness": "public::TestUnfold::test_stride_and_dilation"}


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    windows = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=fill)
    windows = windows.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1])
    return windows.permute(0, 1, 4, 5, 2, 3)
