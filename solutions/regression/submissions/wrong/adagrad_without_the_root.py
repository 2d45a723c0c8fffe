"""Adagrad divides by the sum of squares and not by its root: steps of steep directions become shorter than those of flat ones."""

LOSES = {"descend.correctness": "public::TestDescend::test_adagrad_by_hand"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        squares = squares + gradient**2
        path.append(path[-1] - rate * (gradient / (squares + eps) if adagrad else gradient))
    return torch.stack(path)
