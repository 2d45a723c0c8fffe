"""The subset is chosen with the first lam alone and lam with that subset: the best pair may be another one."""

LOSES = {"choose.correctness": "hidden::TestChoose::test_last_candidate"}


def choose(train, validation, subsets, lams, biases):
    (x, targets), (new_x, new_targets) = train, validation
    errors = torch.empty(len(subsets), len(lams), dtype=x.dtype)
    for i, columns in enumerate(subsets):
        for j, lam in enumerate(lams):
            w = ridge(x[:, columns], targets, lam, biases)
            errors[i, j] = ((new_x[:, columns] @ w - new_targets) ** 2).mean()
    subset = int(errors[:, 0].argmin())
    return subset, int(errors[subset].argmin()), errors
