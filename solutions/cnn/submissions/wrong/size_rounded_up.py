"""The size is rounded up: a last patch that does not fit any more is counted all the same."""

LOSES = {"receptive_fields.correctness": "public::TestReceptiveFields::test_go"}


def receptive_fields(size, layers):
    found, field, jump = [], 1, 1
    for kernel, stride, padding, dilation in layers:
        span = dilation * (kernel - 1) + 1
        size = -((span - size - 2 * padding) // stride) + 1
        field += (span - 1) * jump
        jump *= stride
        found.append((size, field, jump))
    return found
