"""The columns are divided by their variance: its unit is squared, so the rescaled numbers still depend on the unit."""

LOSES = {"standardise.correctness": "public::TestStandardise::test_three_creatures"}


def standardise(train, x):

    is_constant = (train == train[0]).all(dim=0)
    return (x - train.mean(dim=0)) / torch.where(is_constant, 1, train.var(dim=0, correction=0))
