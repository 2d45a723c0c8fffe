"""The entries of w are moved one after the other, each with a gradient that already sees the ones before it: all have to move at once."""

LOSES = {"descend.correctness": "public::TestDescend::test_first_step"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        w = w.clone()
        for i in range(len(w)):
            slope = loss_and_gradient(w, x, targets, lam, biases)[1][i]
            squares[i] += slope**2
            w[i] -= rate * (slope / (squares[i].sqrt() + eps) if adagrad else slope)
        path.append(w)
    return torch.stack(path)
