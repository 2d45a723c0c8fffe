"""Every row of the path is one and the same tensor, which is changed in place: in the end all rows show where it ended."""

LOSES = {"descend.correctness": "public::TestDescend::test_first_step"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    w = w.clone()
    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(w, x, targets, lam, biases)[1]
        squares += gradient**2
        w -= rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient)
        path.append(w)
    return torch.stack(path)
