"""Only the first column counts as a bias, however many there are: the other species' biases are penalised."""

LOSES = {"loss_and_gradient.correctness": "public::TestLossAndGradient::test_several_biases"}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    weights = w.clone()
    weights[0] = 0
    return (errors**2).mean() + lam * (weights**2).sum(), 2 * (errors @ x) / len(x) + 2 * lam * weights
