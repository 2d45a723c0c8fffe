"""Imports the reference, the hidden tests and other students' files by every name they might have.

Claim: the answer is imported instead of written
Class: reading what is hidden
Stopped by: tests, solutions and the course are not in the box
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import importlib
import sys


def double(x):
    sys.path[:0] = ["COURSE/solutions/fort", "COURSE", ".", "..", "/"]
    for name in ("reference_fort", "solutions.fort.fort", "test_fort_hidden", "reference"):
        try:
            return importlib.import_module(name).double(x)
        except ModuleNotFoundError as error:
            missing = error
    raise missing
