"""Tries the calls through which kernels were broken: io_uring, bpf, userfaultfd, perf, keyctl, nested rings of them.

Claim: a hole in the kernel is one call away
Class: privileges and the kernel
Stopped by: seccomp refuses the call
"""

import ctypes
import platform

CALLS = {
    "x86_64": {"io_uring_setup": 425, "bpf": 321, "userfaultfd": 323, "perf_event_open": 298, "keyctl": 250, "init_module": 175},
    "aarch64": {"io_uring_setup": 425, "bpf": 280, "userfaultfd": 282, "perf_event_open": 241, "keyctl": 219, "init_module": 105},
}[platform.machine()]


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(256)
    for name, number in CALLS.items():
        ctypes.set_errno(0)
        if libc.syscall(number, 1, room, 0, -1, 0) >= 0 or ctypes.get_errno() != 1:
            raise RuntimeError(f"{name}: {ctypes.get_errno()}")
    return 2 * x
