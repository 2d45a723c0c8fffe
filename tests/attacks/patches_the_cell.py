"""Replaces the worker's loop body: faults are turned into answers.

Claim: an exception never reaches the judge
Class: patched libraries
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

from grader import wire
from grader.worker import cell

answer = cell.Cell.answer


def kind(self, header, blob):
    reply = answer(self, header, blob)
    message = wire.unpack(reply[1], bytearray(b"".join(reply[2:])))
    return wire.pack({"nonce": message["nonce"], "value": message.get("value", "passed")})


cell.Cell.answer = kind


def double(x):
    raise RuntimeError
