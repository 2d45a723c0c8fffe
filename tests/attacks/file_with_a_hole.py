"""Makes a file of a terabyte by moving its end.

Claim: a limit of what is written does not see what is not
Class: disk
Stopped by: the size of a file and of the box's folders is limited
double.correctness: lost disk
double.gradient: blocked
double.property: blocked
integration: lost disk
"""

import os


def double(x):
    with open(os.path.join(os.environ["TMPDIR"], "hole"), "wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    return x
