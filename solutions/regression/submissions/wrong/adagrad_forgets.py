"""Adagrad looks at the last gradient alone and not at the sum over all steps: every step is as long as the rate."""

LOSES = {
    "descend.correctness": "public::TestDescend::test_adagrad_by_hand",
    "integration": "hidden::TestIntegration::test_pipeline",
}


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):

    path, squares = [w], torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        squares = gradient**2
        path.append(path[-1] - rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient))
    return torch.stack(path)
