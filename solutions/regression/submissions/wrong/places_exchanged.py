"""The place in the table is counted column by column: subset and lam are mixed up."""

LOSES = {"choose.correctness": "public::TestChoose::test_neither_too_small_nor_too_large"}


def choose(train, validation, subsets, lams, biases):
    (x, targets), (new_x, new_targets) = train, validation
    errors = torch.empty(len(subsets), len(lams), dtype=x.dtype)
    for i, columns in enumerate(subsets):
        for j, lam in enumerate(lams):
            w = ridge(x[:, columns], targets, lam, biases)
            errors[i, j] = ((new_x[:, columns] @ w - new_targets) ** 2).mean()
    best = int(errors.argmin())
    return best // len(subsets), best % len(subsets), errors
