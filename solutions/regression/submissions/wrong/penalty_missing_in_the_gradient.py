"""The penalty is in the loss and not in the gradient: descending then ends where lam would have been zero."""

LOSES = {
    "loss_and_gradient.gradient": "public::TestLossAndGradient::test_slopes",
    "loss_and_gradient.speed": "hidden::TestLossAndGradient::test_speed",
    "integration": "public::TestIntegration::test_closed_form_and_gradient_agree",
}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    return (errors**2).mean() + lam * (w[biases:] ** 2).sum(), 2 * (errors @ x) / len(x)
