"""Reads the memory of its parent by the system call for it, and by the file.

Claim: the zygote's memory holds what no worker may see
Class: other processes
Stopped by: seccomp refuses the call
"""

import ctypes
import os


class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def double(x):
    room = ctypes.create_string_buffer(64)
    here, there = Span(ctypes.addressof(room), 64), Span(id(None), 64)
    if ctypes.CDLL(None).process_vm_readv(os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
        raise RuntimeError("read")
    for path in (f"/proc/{os.getppid()}/mem", f"/proc/{os.getppid()}/fd/3"):
        try:
            os.close(os.open(path, os.O_RDWR))
        except OSError:
            continue
        raise RuntimeError(path)
    return 2 * x
