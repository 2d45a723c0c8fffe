"""Raises an ordinary exception.

Claim: an error in the student's code is an error of the harness, and costs nothing
Class: ending the process
Stopped by: whatever is raised is an answer
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""


def double(x):
    return x.no_such_thing
