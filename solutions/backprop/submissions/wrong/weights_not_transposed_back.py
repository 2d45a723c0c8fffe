"""On the way back the gradient meets the matrix as it was on the way there: it has to be transposed."""

LOSES = {
    "matmul.gradient": "public::TestMatmul::test_weight_gets_its_input",
    "integration": "public::TestIntegration::test_engine_and_hand_agree",
}


def matmul(a, b):
    def pull(upstream):
        to_a = upstream @ b
        to_b = np.swapaxes(a, -1, -2) @ upstream
        return unbroadcast(to_a, a.shape), unbroadcast(to_b, b.shape)

    return a @ b, pull
