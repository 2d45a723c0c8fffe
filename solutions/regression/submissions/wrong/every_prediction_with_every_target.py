"""The predictions are a column and the targets a row: their difference is a square table of every prediction with every target."""

LOSES = {"loss_and_gradient.correctness": "public::TestLossAndGradient::test_penalty_of_the_weights_alone"}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w[:, None] - targets
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    return (errors**2).mean() + lam * (weights**2).sum(), 2 * (errors.T @ x).mean(dim=0) / len(x) + 2 * lam * weights
