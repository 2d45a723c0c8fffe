"""The biases are set to the means of the targets before the weights are solved for: that is right only where every column has mean zero."""

LOSES = {"ridge.correctness": "public::TestRidge::test_three_creatures"}


def ridge(x, targets, lam, biases):

    start = torch.linalg.pinv(x[:, :biases]) @ targets
    rest, left = x[:, biases:], targets - x[:, :biases] @ start
    penalty = lam * len(x) * torch.eye(rest.shape[1], dtype=x.dtype)
    return torch.cat([start, torch.linalg.solve(rest.T @ rest + penalty, rest.T @ left)])
