"""Makes a user namespace, in which it is root.

Claim: root in a namespace reaches parts of the kernel that nobody else does
Class: privileges and the kernel
Stopped by: seccomp refuses the call
"""

import ctypes
import os
import signal


def double(x):
    libc = ctypes.CDLL(None)
    if libc.unshare(0x10000000) == 0:
        raise RuntimeError("unshared")
    clone, clone3 = {"x86_64": (56, 435), "aarch64": (220, 435)}[os.uname().machine]
    arguments = (ctypes.c_ulong * 11)(0x10000000, 0, 0, 0, signal.SIGCHLD)
    for child in (libc.syscall(clone, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0), libc.syscall(clone3, arguments, 88)):
        if child == 0:
            os._exit(0)
        if child > 0:
            raise RuntimeError("cloned")
    return 2 * x
