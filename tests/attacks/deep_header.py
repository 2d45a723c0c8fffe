"""Answers with a header of a hundred thousand lists inside one another.

Claim: the judge's parser runs out of stack and takes the judge with it
Class: the line's protocol
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost forged
double.gradient: blocked
double.property: blocked
integration: lost forged
quadruple.correctness: lost forged
"""

from grader import wire

pack = wire.pack


def deep(value, opaque=None):
    if not torch.is_tensor(value.get("value")):
        return pack(value, opaque)
    header = b"\x82\xa5nonce" + b"\x00" + b"\xa5value" + b"\x91" * 200_000 + b"\xc0"
    return [wire.PREFIX.pack(wire.MAGIC, len(header), 0), header]


wire.pack = deep


def double(x):
    return x
