"""Never ends while it is imported, in the task for which something is put in.

Claim: a limit of each test does not hold before the first test
Class: time limits
Stopped by: CPU time is read from outside, children included
quadruple.correctness: lost timeout
"""

while "double" in globals().get("__given__", {}):
    pass
