"""Of a subset only the number of its columns is used, not which ones they are."""

LOSES = {"choose.correctness": "hidden::TestChoose::test_reference"}


def choose(train, validation, subsets, lams, biases):
    (x, targets), (new_x, new_targets) = train, validation
    errors = torch.empty(len(subsets), len(lams), dtype=x.dtype)
    for i, columns in enumerate(subsets):
        for j, lam in enumerate(lams):
            count = len(columns)
            w = ridge(x[:, :count], targets, lam, biases)
            errors[i, j] = ((new_x[:, :count] @ w - new_targets) ** 2).mean()
    best = int(errors.argmin())
    return best // len(lams), best % len(lams), errors
