"""Changes mode, owner and times of files that it may neither read nor write.

Claim: the course is opened to everybody or shut to its owner, and a submission is older than it was
Class: privileges and the kernel
Stopped by: seccomp refuses the call
"""

import os


def double(x):
    path = "COURSE/solutions/fort/test_fort_hidden.py"
    for act in (
        lambda: os.chmod(path, 0o666),
        lambda: os.utime(path, (0, 0)),
        lambda: os.chown(path, os.getuid(), -1),
        lambda: os.setxattr(path, "user.x", b"x"),
    ):
        try:
            act()
        except OSError:
            continue
        raise RuntimeError("changed")
    return 2 * x
