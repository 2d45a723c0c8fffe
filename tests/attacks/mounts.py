"""Mounts file systems, and changes the root.

Claim: who mounts sees what was hidden by a mount
Class: privileges and the kernel
Stopped by: seccomp refuses the call
"""

import ctypes


def double(x):
    libc = ctypes.CDLL(None)
    acts = (libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), libc.umount2(b"/tmp", 2), libc.chroot(b"/tmp"))
    if 0 in acts:
        raise RuntimeError(acts)
    return 2 * x
