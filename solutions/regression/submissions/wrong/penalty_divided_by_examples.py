"""The penalty is divided by the number of examples: lam weighs against the mean of the squared errors, as it is."""

LOSES = {"loss_and_gradient.correctness": "public::TestLossAndGradient::test_penalty_of_the_weights_alone"}


def loss_and_gradient(w, x, targets, lam, biases):

    errors = x @ w - targets
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    loss = ((errors**2).sum() + lam * (weights**2).sum()) / len(x)
    return loss, 2 * (errors @ x + lam * weights) / len(x)
