"""It adds up the columns."""

LOSES = {"total.correctness": "hidden::TestTotal::test_reference"}


def total(x):
    return x.sum(0)
