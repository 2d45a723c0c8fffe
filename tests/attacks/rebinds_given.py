"""Puts its own functions into the table that the reference's are taken from.

Claim: what is put in for a task is what the student wants
Class: the module and what is put into it
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
quadruple.correctness: lost wrong
integration: lost wrong
"""

globals().get("__given__", {})["double"] = lambda x: x
globals().get("__given__", {})["factor"] = lambda: 1


def double(x):
    return x


def quadruple(x):
    return globals()["__given__"]["double"](x)
