"""The items of a batch are paired with the rows of the one matrix that should serve all of them."""

LOSES = {"matmul.correctness": "public::TestMatmul::test_one_matrix_for_a_batch"}


def matmul(a, b):
    def pull(upstream):
        to_a = upstream @ np.swapaxes(b, -1, -2)
        to_b = np.swapaxes(a, -1, -2) @ upstream
        return unbroadcast(to_a, a.shape), unbroadcast(to_b, b.shape)

    return np.stack([item @ other for item, other in zip(a, b)]) if a.ndim > 2 else a @ b, pull
