"""Answers with a list of arrays that all claim the same bytes.

Claim: a small frame becomes gigabytes in the judge
Class: the line's protocol
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost forged
double.gradient: blocked
double.property: blocked
integration: lost forged
quadruple.correctness: lost forged
"""

import msgspec

from grader import wire

pack = wire.pack


def overlap(value, opaque=None):
    if not torch.is_tensor(value.get("value")):
        return pack(value, opaque)
    one = msgspec.msgpack.Ext(1, msgspec.msgpack.encode(["float64", [1000, 1000], 0]))
    header = msgspec.msgpack.encode({"nonce": value["nonce"], "value": [one] * 5000})
    blob = bytes(8_000_000)
    return [wire.PREFIX.pack(wire.MAGIC, len(header), len(blob)), header, blob]


wire.pack = overlap


def double(x):
    return x
