"""The gradients of the copies are averaged: they are several ways to the result, and ways add up."""

LOSES = {"unbroadcast.correctness": "public::TestUnbroadcast::test_rows_are_added"}


def unbroadcast(gradient, shape):
    added = gradient.ndim - len(shape)
    stretched = tuple(i for i, size in enumerate(shape, start=added) if size == 1)
    return gradient.mean(axis=(*range(added), *stretched), keepdims=True).reshape(shape)
