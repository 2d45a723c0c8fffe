"""Adagrad adds the square of a gradient after its step: the first step divides by nothing but eps."""

LOSES = {"descend.correctness": "public::TestDescend::test_adagrad_by_hand"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        path.append(path[-1] - rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient))
        squares = squares + gradient**2
    return torch.stack(path)
