"""Adagrad divides by the root of the mean of the squares: the steps do not get shorter with time, for which the lecture also lowers the rate."""

LOSES = {"descend.correctness": "public::TestDescend::test_adagrad_by_hand"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for t in range(1, steps + 1):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        squares = squares + gradient**2
        path.append(path[-1] - rate * (gradient / ((squares / t).sqrt() + eps) if adagrad else gradient))
    return torch.stack(path)
