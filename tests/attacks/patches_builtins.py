"""Replaces `isinstance`, `type` and `len` for everybody in its process.

Claim: every check of a type says yes
Class: patched libraries
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.correctness: lost wrong or raised or invalid or forged
double.gradient: blocked
double.property: blocked
integration: lost wrong or raised or invalid or forged
"""

import builtins


def double(x):
    builtins.isinstance = lambda *args: True
    builtins.len = lambda value: 1
    return object()
