"""The equation x w = targets is solved by least squares, and the penalty added to the result afterwards."""

LOSES = {"ridge.correctness": "public::TestRidge::test_penalised_line"}


def ridge(x, targets, lam, biases):

    w = torch.linalg.lstsq(x, targets[:, None], driver="gelsd").solution[:, 0]
    w[biases:] /= 1 + lam
    return w
