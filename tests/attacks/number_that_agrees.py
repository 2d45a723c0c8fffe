"""Counts in a class of integers of its own that equals every other.

Claim: a number that is an `int` for `isinstance` decides a comparison itself
Class: lying objects
Stopped by: exact types alone cross, as bytes
Counter.count.correctness: lost wrong
"""


class Agreeable(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class Counter:
    def count(self, step):
        return Agreeable(0)
