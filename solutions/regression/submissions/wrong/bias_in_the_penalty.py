"""The biases are penalised too, in the loss and in its gradient: a bias only shifts the function and makes it no smoother."""

LOSES = {"loss_and_gradient.correctness": "public::TestLossAndGradient::test_penalty_of_the_weights_alone"}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    return (errors**2).mean() + lam * (w**2).sum(), 2 * (errors @ x) / len(x) + 2 * lam * w
