"""Sends the frame of a right answer again, once a test has got it.

Claim: one right answer is good for all later calls
Class: forged answers
Stopped by: a nonce of each call, unknown before it is asked
double.correctness: lost wrong or forged
double.gradient: blocked
double.property: blocked
integration: lost wrong or forged
quadruple.correctness: lost forged
"""

import socket

from grader import wire

pack, seen = wire.pack, []


def replay(value, opaque=None):
    if not seen and torch.is_tensor(value.get("value")):
        seen.append(pack(value, opaque))
    return seen[0] if seen else pack(value, opaque)


wire.pack = replay


def double(x):
    return 2 * x
