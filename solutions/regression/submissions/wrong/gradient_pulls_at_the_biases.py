"""The loss leaves the biases alone but the gradient pulls them towards zero."""

LOSES = {
    "loss_and_gradient.gradient": "hidden::TestLossAndGradient::test_gradients[3]",
    "loss_and_gradient.speed": "hidden::TestLossAndGradient::test_speed",
}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    return (errors**2).mean() + lam * (w[biases:] ** 2).sum(), 2 * (errors @ x) / len(x) + 2 * lam * w
