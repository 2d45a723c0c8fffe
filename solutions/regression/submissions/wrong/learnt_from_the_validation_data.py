"""The model is learnt from the validation data that it is compared on: every error is too good."""

LOSES = {"choose.correctness": "public::TestChoose::test_two_validation_examples"}


def choose(train, validation, subsets, lams, biases):
    (x, targets), (new_x, new_targets) = train, validation
    errors = torch.empty(len(subsets), len(lams), dtype=x.dtype)
    for i, columns in enumerate(subsets):
        for j, lam in enumerate(lams):
            both, known = torch.cat([x, new_x])[:, columns], torch.cat([targets, new_targets])
            w = ridge(both, known, lam, biases)
            errors[i, j] = ((new_x[:, columns] @ w - new_targets) ** 2).mean()
    best = int(errors.argmin())
    return best // len(lams), best % len(lams), errors
