"""Adagrad sums up the gradients and not their squares: gradients of opposite sign cancel, and the steps explode."""

LOSES = {"descend.correctness": "hidden::TestDescend::test_reference[adagrad]"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        squares = squares + gradient
        path.append(path[-1] - rate * (gradient / (squares.abs() + eps) if adagrad else gradient))
    return torch.stack(path)
