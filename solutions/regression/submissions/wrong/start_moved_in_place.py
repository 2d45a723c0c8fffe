"""The start is moved in place: the caller's own w is the end of the path after the call."""

LOSES = {"descend.property": "public::TestDescend::test_arguments_are_kept"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w.clone()], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(w, x, targets, lam, biases)[1]
        squares += gradient**2
        w -= rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient)
        path.append(w.clone())
    return torch.stack(path)
