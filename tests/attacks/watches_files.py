"""Watches the folders of the course for what is opened in them.

Claim: the names of files that the judge opens, and of others' submissions, are told to it
Class: reading what is hidden
Stopped by: seccomp refuses the call
"""

import ctypes


def double(x):
    libc = ctypes.CDLL(None)
    watcher = libc.inotify_init1(0)
    if watcher >= 0 and any(libc.inotify_add_watch(watcher, path, 0xFFF) >= 0 for path in (b"COURSE", b"COURSE/solutions/fort")):
        raise RuntimeError("the course is watched")
    return 2 * x
