"""Walks up its callers' frames and calls the reference that it finds there.

Claim: the test's own frame holds the expected value
Class: reading what is hidden
Stopped by: the judge is another process, behind a namespace or a Landlock domain
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

import sys


def double(x):
    frame = sys._getframe(1)
    while frame:
        for place in (frame.f_locals, frame.f_globals):
            for name in ("reference", "expected", "wanted", "request", "item", "session"):
                if hasattr(place.get(name), "double"):
                    return place[name].double(x)
        frame = frame.f_back
    return x
