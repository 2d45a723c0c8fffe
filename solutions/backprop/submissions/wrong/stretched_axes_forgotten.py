"""Only the axes that were added in front are summed: an axis of size 1 that was stretched keeps all its copies."""

LOSES = {"unbroadcast.correctness": "public::TestUnbroadcast::test_stretched_axis_stays"}


def unbroadcast(gradient, shape):
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
