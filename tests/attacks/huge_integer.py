"""Counts to a number with a million digits.

Claim: turning it into text takes the judge minutes
Class: the line's protocol
Stopped by: frames are read with caps, and every field is checked
Counter.count.correctness: lost invalid
"""


class Counter:
    def count(self, step):
        return 1 << 3_000_000
