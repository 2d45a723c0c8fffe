"""The standard deviation divides by the number of examples less one, which is PyTorch's default and not what the docstring says."""

LOSES = {"standardise.correctness": "public::TestStandardise::test_three_creatures"}


def standardise(train, x):

    is_constant = (train == train[0]).all(dim=0)
    return (x - train.mean(dim=0)) / torch.where(is_constant, 1, train.std(dim=0))
