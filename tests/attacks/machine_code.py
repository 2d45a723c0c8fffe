"""Runs machine code of its own that enters the kernel by the old gate of 32 bits.

Claim: what does not go through the C library is not seen
Class: privileges and the kernel
Stopped by: seccomp refuses the call
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import ctypes
import mmap
import os
import platform


def double(x):
    if platform.machine() != "x86_64":
        os.abort()
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
    code = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    code()
    return 2 * x
