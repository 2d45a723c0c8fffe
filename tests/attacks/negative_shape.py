"""Answers with an array whose sizes are negative and whose product is right.

Claim: the judge reads memory before or behind the array
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


def negative(value, opaque=None):
    if not torch.is_tensor(value.get("value")):
        return pack(value, opaque)
    shape = [-n for n in value["value"].shape]
    header = msgspec.msgpack.encode({
        "nonce": value["nonce"],
        "value": msgspec.msgpack.Ext(1, msgspec.msgpack.encode(["float32", shape, 0])),
    })
    return [wire.PREFIX.pack(wire.MAGIC, len(header), 4096), header, bytes(4096)]


wire.pack = negative


def double(x):
    return x
