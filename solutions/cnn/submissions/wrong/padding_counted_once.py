"""The padding is counted on one side only: the size is too small by one padding, although both sides get one."""

LOSES = {"receptive_fields.correctness": "public::TestReceptiveFields::test_padding_keeps_the_size"}


def receptive_fields(size, layers):
    found, field, jump = [], 1, 1
    for kernel, stride, padding, dilation in layers:
        span = dilation * (kernel - 1) + 1
        size = (size + padding - span) // stride + 1
        field += (span - 1) * jump
        jump *= stride
        found.append((size, field, jump))
    return found
