"""Each layer adds its whole kernel to the receptive field: two kernels of 3 would span 6 places, but neighbours overlap and span 5."""

LOSES = {"receptive_fields.correctness": "public::TestReceptiveFields::test_two_threes_are_a_five"}


def receptive_fields(size, layers):
    found, field, jump = [], 0, 1
    for kernel, stride, padding, dilation in layers:
        span = dilation * (kernel - 1) + 1
        size = (size + 2 * padding - span) // stride + 1
        field += span * jump
        jump *= stride
        found.append((size, field, jump))
    return found
