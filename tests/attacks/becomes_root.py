"""Takes back the root that was given up, by every call for it.

Claim: what root started can be root again
Class: privileges and the kernel
Stopped by: root is given up before any student code runs
"""

import ctypes
import os


def double(x):
    for act in (os.setuid, os.seteuid, os.setgid, lambda user: os.setresuid(user, user, user), lambda user: os.setgroups([user])):
        try:
            act(0)
        except OSError:
            pass
    if 0 in os.getresuid() + os.getresgid() or ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) != 1:
        raise RuntimeError("root, or free to gain it")
    return 2 * x
