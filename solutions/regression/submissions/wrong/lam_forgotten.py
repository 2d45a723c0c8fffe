"""lam is not used at all: this is least squares, and large weights cost nothing."""

LOSES = {"ridge.correctness": "public::TestRidge::test_same_column_twice"}


def ridge(x, targets, lam, biases):

    return torch.linalg.pinv(x) @ targets
