"""lam is not used at all: this is least squares, and large weights cost nothing."""

LOSES = {"ridge.correctness": "public::TestRidge::test_penalised_line"}


def ridge(x, targets, lam, biases):

    return torch.linalg.pinv(x) @ targets
