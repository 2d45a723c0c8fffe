"""Makes links to the whole machine, to itself and to what does not exist, and chains of them.

Claim: whoever empties the folder follows one, and empties or opens what it leads to
Class: disk
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os


def double(x):
    for name, target in {"root": "/", "self": "self", "none": "/none", "prefix": os.path.dirname(os.__file__), "course": "COURSE"}.items():
        if not os.path.islink(name):
            os.symlink(target, name)
    os.makedirs("in/side", exist_ok=True)
    for name, target in {"in/up": "..", "in/side/root": "/", "in/side/tmp": "/tmp"}.items():
        if not os.path.islink(name):
            os.symlink(target, name)
    return 2 * x
