"""The closed form has lam on the whole diagonal: the biases are pulled towards zero and all predictions with them."""

LOSES = {"ridge.correctness": "public::TestRidge::test_penalised_line"}


def ridge(x, targets, lam, biases):

    penalty = lam * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
    return torch.linalg.solve(x.T @ x + penalty, x.T @ targets)
