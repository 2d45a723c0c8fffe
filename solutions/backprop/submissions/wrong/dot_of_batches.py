"""The product is np.dot, which for batches of matrices pairs every item with every other one."""

LOSES = {"matmul.correctness": "hidden::TestMatmul::test_reference[batch]"}


def matmul(a, b):
    def pull(upstream):
        to_a = upstream @ np.swapaxes(b, -1, -2)
        to_b = np.swapaxes(a, -1, -2) @ upstream
        return unbroadcast(to_a, a.shape), unbroadcast(to_b, b.shape)

    return np.dot(a, b), pull
