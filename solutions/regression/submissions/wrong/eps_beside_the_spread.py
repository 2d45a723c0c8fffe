"""A small number is added to every standard deviation to avoid 0/0, and with it the rescaled numbers depend on the unit again."""

LOSES = {"standardise.correctness": "hidden::TestStandardise::test_reference[several]"}


def standardise(train, x):

    return (x - train.mean(dim=0)) / (train.std(dim=0, correction=0) + 1e-6)
