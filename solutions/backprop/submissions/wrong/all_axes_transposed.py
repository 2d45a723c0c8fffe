"""The transpose .T turns all axes around, the batch included: only the last two change places."""

LOSES = {"matmul.gradient": "hidden::TestMatmul::test_gradients[each_its_own-batch]"}


def matmul(a, b):
    def pull(upstream):
        to_a = upstream @ b.T
        to_b = a.T @ upstream
        return unbroadcast(to_a, a.shape), unbroadcast(to_b, b.shape)

    return a @ b, pull
