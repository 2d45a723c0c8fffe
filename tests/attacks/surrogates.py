"""Returns text that no encoding can write.

Claim: the judge dies where it writes the result
Class: the line's protocol
Stopped by: exact types alone cross, as bytes
label.correctness: lost invalid
"""


def label(x):
    return "\ud800\udfff"
