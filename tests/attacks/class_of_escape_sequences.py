"""Names its class so that the terminal obeys whoever prints it.

Claim: the name of the class that was called is shown as it is
Class: what a student is shown
Stopped by: what a student reads is cleaned and cut
Counter.count.correctness: lost raised
"""


class Counter:
    def count(self, step):
        raise ValueError


Counter.__name__ = "\x1b[2J\x1b[32mpassed\n\u202e"
