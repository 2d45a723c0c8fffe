"""The gradient has the wrong sign: it is the derivative of target minus prediction without the minus that comes from inside."""

LOSES = {
    "loss_and_gradient.gradient": "public::TestLossAndGradient::test_slopes",
    "loss_and_gradient.speed": "hidden::TestLossAndGradient::test_speed",
}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = targets - x @ w
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    return (errors**2).mean() + lam * (weights**2).sum(), 2 * (errors @ x) / len(x) + 2 * lam * weights
