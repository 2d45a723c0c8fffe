"""The stretched axes are summed away altogether: of a column of shape (2, 1) only (2,) is left."""

LOSES = {"unbroadcast.correctness": "public::TestUnbroadcast::test_stretched_axis_stays"}


def unbroadcast(gradient, shape):
    added = gradient.ndim - len(shape)
    stretched = tuple(i for i, size in enumerate(shape, start=added) if size == 1)
    return gradient.sum(axis=(*range(added), *stretched))
