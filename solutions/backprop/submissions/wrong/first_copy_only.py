"""Of all the copies that broadcasting made, only the first gets its gradient counted."""

LOSES = {"unbroadcast.correctness": "hidden::TestUnbroadcast::test_reference[leading]"}


def unbroadcast(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient[0]
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient[(slice(None),) * axis + (slice(0, 1),)]
    return gradient.copy()
