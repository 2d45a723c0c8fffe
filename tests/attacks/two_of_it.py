"""Forks in the call, so that two workers hold the line and answer.

Claim: a second worker, unknown to the judge, answers for the first
Class: forged answers
Stopped by: a nonce of each call, unknown before it is asked
double.correctness: lost forged or wrong or raised or timeout
double.gradient: blocked
double.property: blocked
"""

import os


def double(x):
    if x.dim() == 2:
        os.fork()
    return 2 * x
