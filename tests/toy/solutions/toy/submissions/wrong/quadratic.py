"""It squares, which agrees with quadrupling at four alone."""

LOSES = {"quadruple.correctness": "hidden::TestQuadruple::test_reference"}


def quadruple(x):
    return x**2 * 4
