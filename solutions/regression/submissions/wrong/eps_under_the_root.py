"""eps is added under the root: for small gradients that is quite another number."""

LOSES = {"descend.property": "hidden::TestDescend::test_eps"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        squares = squares + gradient**2
        path.append(path[-1] - rate * (gradient / (squares + eps).sqrt() if adagrad else gradient))
    return torch.stack(path)
