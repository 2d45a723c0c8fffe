"""The gradient is computed once, at the start: it has to be computed again at every point of the path."""

LOSES = {"descend.correctness": "public::TestDescend::test_slope_of_one_weight"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    gradient = loss_and_gradient(w, x, targets, lam, biases)[1]
    for _ in range(steps):
        squares = squares + gradient**2
        path.append(path[-1] - rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient))
    return torch.stack(path)
