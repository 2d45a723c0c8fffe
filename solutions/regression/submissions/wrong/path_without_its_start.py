"""The path begins after the first step: its first row should be the start itself."""

LOSES = {"descend.correctness": "public::TestDescend::test_first_step"}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(w, x, targets, lam, biases)[1]
        squares = squares + gradient**2
        w = w - rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient)
        path.append(w)
    return torch.stack(path) if path else w.new_zeros(0, len(w))
