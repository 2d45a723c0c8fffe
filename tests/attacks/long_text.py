"""Returns a quarter of a million characters where a few are asked for.

Claim: the result, and every page and letter made of it, grows without end
Class: what a student is shown
Stopped by: what a student reads is cleaned and cut
label.correctness: lost wrong
"""


def label(x):
    return "\U000e0001" * 60_000
