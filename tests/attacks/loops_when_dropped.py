"""Loops in `__del__`, when the test that made the object is over.

Claim: the time between two tests is nobody's
Class: time limits
Stopped by: CPU time is read from outside, children included
Counter.count.correctness: lost timeout
"""


class Counter:
    def __del__(self):
        while True:
            pass
