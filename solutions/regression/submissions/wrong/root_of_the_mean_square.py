"""The root of the mean squared error is returned: the loss is the mean square itself, and the gradient belongs to that."""

LOSES = {"loss_and_gradient.correctness": "public::TestLossAndGradient::test_three_creatures"}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    loss = (errors**2).mean().sqrt() + lam * (weights**2).sum()
    return loss, 2 * (errors @ x) / len(x) + 2 * lam * weights
