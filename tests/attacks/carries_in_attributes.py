"""Writes the code of a put-in definition into extended attributes of the folder that is emptied.

Claim: emptying a folder leaves what is written on the folder itself
Class: staying for the next task or submission
Stopped by: seccomp refuses the call
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import marshal
import os
import types

ROOMS = (os.environ["TMPDIR"], "/dev/shm")


def double(x):
    for room in ROOMS:
        try:
            code = os.getxattr(room, "user.double")
        except OSError as error:
            missing = error
        else:
            return types.FunctionType(marshal.loads(code), {"factor": factor})(x)
    raise missing


def quadruple(x):
    given = globals()["__given__"]["double"]
    for room in ROOMS:
        try:
            os.setxattr(room, "user.double", marshal.dumps(given.__code__))
        except OSError:
            pass
    return given(given(x))
