"""Looks through every object of its process for pytest and for functions of a reference.

Claim: the tests and what they expect lie in the memory of the process
Class: reading what is hidden
Stopped by: the judge is another process, behind a namespace or a Landlock domain
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

import gc
import types


def double(x):
    for item in gc.get_objects():
        if isinstance(item, types.FunctionType) and item.__module__.startswith(("reference", "test_", "_pytest", "grader.judge")):
            return item(x)
    return x
