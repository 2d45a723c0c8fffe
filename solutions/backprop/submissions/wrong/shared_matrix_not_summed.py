"""A matrix that served a whole batch gets a gradient for each item: they belong added up."""

LOSES = {"matmul.gradient": "public::TestMatmul::test_slopes[batch]"}


def matmul(a, b):
    def pull(upstream):
        to_a = upstream @ np.swapaxes(b, -1, -2)
        to_b = np.swapaxes(a, -1, -2) @ upstream
        return to_a, to_b

    return a @ b, pull
