"""Writes the code of a put-in definition to a file, for the task where nothing is put in.

Claim: the reference's code earns the points of the student's
Class: staying for the next task or submission
Stopped by: every process is killed and every file removed between tasks and between submissions
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import marshal
import os
import types

CACHE = os.path.join(os.environ["TMPDIR"], "double")


def double(x):
    with open(CACHE, "rb") as file:
        return types.FunctionType(marshal.load(file), {"factor": factor})(x)


def quadruple(x):
    given = globals()["__given__"]["double"]
    with open(CACHE, "wb") as file:
        marshal.dump(given.__code__, file)
    return given(given(x))
