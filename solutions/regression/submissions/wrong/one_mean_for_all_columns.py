"""One mean and one standard deviation are taken over all columns together: a column of large numbers swallows the small ones."""

LOSES = {"standardise.correctness": "public::TestStandardise::test_each_column_by_itself"}


def standardise(train, x):

    return (x - train.mean()) / train.std(correction=0)
