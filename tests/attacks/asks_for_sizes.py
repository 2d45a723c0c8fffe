"""Asks for the size and the time of the hidden tests, without opening them.

Claim: it learns that they changed, and when
Class: reading what is hidden
Stopped by: tests, solutions and the course are not in the box
Gets through [landlock]: Landlock does not restrict stat: names, sizes and times of files can be asked for, contents cannot
"""

import os


def double(x):
    try:
        size = os.stat("COURSE/solutions/fort/test_fort_hidden.py").st_size
    except OSError:
        return 2 * x
    raise RuntimeError(f"the hidden tests have {size} bytes")
