"""It multiplies with three."""

LOSES = {
    "double.correctness": "hidden::TestDouble::test_reference[four]",
    "integration": "hidden::TestTogether::test_all",
}


def double(x):
    return 3 * x
