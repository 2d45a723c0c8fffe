"""It multiplies with three."""

LOSES = {"double.correctness": "hidden::TestDouble::test_reference[four]"}


def double(x):
    return 3 * x
