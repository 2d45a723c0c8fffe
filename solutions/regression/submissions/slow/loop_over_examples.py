"""The examples are visited one after the other in a Python loop: right, and far slower than two products of a matrix and a vector."""

LOSES = {"loss_and_gradient.speed": "hidden::TestLossAndGradient::test_speed"}


def loss_and_gradient(w, x, targets, lam, biases):
    loss, gradient = torch.zeros((), dtype=w.dtype), torch.zeros_like(w)
    for row, target in zip(x, targets, strict=True):
        error = row @ w - target
        loss = loss + error**2
        gradient = gradient + 2 * error * row
    loss, gradient = loss / len(x) + lam * (w[biases:] ** 2).sum(), gradient / len(x)
    gradient[biases:] += 2 * lam * w[biases:]
    return loss, gradient
