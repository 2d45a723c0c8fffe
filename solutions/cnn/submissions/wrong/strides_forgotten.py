"""The field grows by the kernel alone: behind a stride of 2, a step to the neighbour is a step of 2 in the image."""

LOSES = {
    "receptive_fields.correctness": "public::TestReceptiveFields::test_pooling_doubles_the_steps",
    "integration": "public::TestIntegration::test_measured_field",
}


def receptive_fields(size, layers):
    found, field, jump = [], 1, 1
    for kernel, stride, padding, dilation in layers:
        span = dilation * (kernel - 1) + 1
        size = (size + 2 * padding - span) // stride + 1
        field += span - 1
        jump *= stride
        found.append((size, field, jump))
    return found
