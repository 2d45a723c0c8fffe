"""The patches are a view with steps calculated from the shape: a transposed image has other steps, and its `x.stride()` knows them."""

LOSES = {"unfold.property": "public::TestUnfold::test_any_view"}


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    if any(padding):
        x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=fill).contiguous()
    channels, height, width = x.shape[1:]
    rows, columns = ((size - gap * (taps - 1) - 1) // step + 1 for size, taps, step, gap in zip((height, width), kernel, stride, dilation))
    shape = (x.shape[0], channels, *kernel, rows, columns)
    steps = (width * dilation[0], dilation[1], width * stride[0], stride[1])
    return x.as_strided(shape, (channels * height * width, height * width, *steps))
