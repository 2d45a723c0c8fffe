"""The squared errors are summed and not averaged: with more examples the loss, and every step, grows."""

LOSES = {"loss_and_gradient.correctness": "public::TestLossAndGradient::test_twice_the_same_examples"}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    return (errors**2).sum() + lam * (weights**2).sum(), 2 * (errors @ x) + 2 * lam * weights
