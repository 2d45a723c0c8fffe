"""The errors are those on the training data: they always prefer the largest model and the smallest lam."""

LOSES = {"choose.correctness": "public::TestChoose::test_neither_too_small_nor_too_large"}


def choose(train, validation, subsets, lams, biases):
    (x, targets), (new_x, new_targets) = train, validation
    errors = torch.empty(len(subsets), len(lams), dtype=x.dtype)
    for i, columns in enumerate(subsets):
        for j, lam in enumerate(lams):
            w = ridge(x[:, columns], targets, lam, biases)
            errors[i, j] = ((x[:, columns] @ w - targets) ** 2).mean()
    best = int(errors.argmin())
    return best // len(lams), best % len(lams), errors
