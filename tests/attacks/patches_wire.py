"""Replaces what packs its answers, so that every answer says yes.

Claim: the harness is fooled by its own code in the student's process
Class: patched libraries
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
quadruple.correctness: lost wrong
Counter.count.correctness: lost wrong
label.correctness: lost wrong
"""

from grader import wire

pack = wire.pack
wire.pack = lambda value, opaque=None: pack({"nonce": value["nonce"], "value": True})


def double(x):
    raise RuntimeError
