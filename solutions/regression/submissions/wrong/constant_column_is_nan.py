"""A constant column is divided by its standard deviation, which is zero."""

LOSES = {"standardise.correctness": "public::TestStandardise::test_constant_column"}


def standardise(train, x):

    return (x - train.mean(dim=0)) / train.std(dim=0, correction=0)
