"""The gradient lacks the factor 2 that the derivative of a square brings."""

LOSES = {
    "loss_and_gradient.gradient": "public::TestLossAndGradient::test_gradient_of_three_creatures",
    "loss_and_gradient.speed": "hidden::TestLossAndGradient::test_speed",
}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    return (errors**2).mean() + lam * (weights**2).sum(), (errors @ x) / len(x) + lam * weights
