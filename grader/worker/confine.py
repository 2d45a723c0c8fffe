"""Turns a process into a confined one: limits, Landlock, seccomp, an unprivileged user. Linux only, by system calls alone."""

import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Sequence

from grader.worker import syscalls

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 36, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446

# Landlock's access rights, by the ABI that brought them (linux/landlock.h).
_FS_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 5: 16}
_FS_EXECUTE, _FS_READ_FILE, _FS_READ_DIR = 1 << 0, 1 << 2, 1 << 3
_FS_WRITE_FILE, _FS_TRUNCATE, _FS_IOCTL_DEV = 1 << 1, 1 << 14, 1 << 15
_NET_BIND_CONNECT = 0b11
_SCOPE_ABSTRACT_UNIX_AND_SIGNAL = 0b11
SIGNAL_SCOPE_ABI = 6
LEAST_ABI = 3
"""Landlock 3 (Linux 6.2): before it any file that may be read could be cut to nothing. What came later seccomp does in its place."""


def become(uid: int) -> None:
    """Give up root for `uid`, with no supplementary group and no way back. `RLIMIT_NPROC` does not bind uid 0."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def no_new_privileges() -> None:
    """Forbid this process and its children to gain privileges; Landlock and seccomp ask for it."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_dumpable(allowed: bool) -> None:
    """Say whether others of the same user may look into this process."""
    _prctl(_PR_SET_DUMPABLE, int(allowed))


def reap_orphans() -> None:
    """Make every orphaned descendant a child of this process, so that none can hide."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends."""
    _prctl(_PR_SET_PDEATHSIG, 9)


def limit(*, cpu_s: float, memory_bytes: int | None, processes: int, file_bytes: int) -> None:
    """Set the kernel's own limits of this process. The judge's clock comes first; these hold if the judge is late."""
    limits = {
        resource.RLIMIT_CPU: max(1, int(cpu_s) + 1),
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if memory_bytes is not None:
        limits[resource.RLIMIT_AS] = memory_bytes
    for which, value in limits.items():
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # The hard CPU limit kills without a word; a second before it, SIGXCPU says what ran out.
        last = value + 1 if which == resource.RLIMIT_CPU and value != hard else value
        resource.setrlimit(which, (value, last))


def landlock_abi() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    version: int = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(0, version)


def landlock(readable: Sequence[str], writable: Sequence[str], devices: Sequence[str] = (), *, abi: int | None = None) -> None:
    """Leave this process only `readable` and `writable` paths; no network from version 4 on; from 6 on no signal or abstract socket out.

    `devices` are device files, or folders of them, that it may control too. `abi` asks for less than the kernel has: what an older
    one would do. Nothing that it wrote can be run as a program.
    """
    abi = landlock_abi() if abi is None else min(abi, landlock_abi())
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    known = max(bits for since, bits in _FS_RIGHTS_BY_ABI.items() if since <= abi)
    every = (1 << known) - 1
    # A shorter structure is zero-padded by the kernel, a longer one refused: send what this ABI knows.
    fields = [every] + [_NET_BIND_CONNECT] * (abi >= 4) + [_SCOPE_ABSTRACT_UNIX_AND_SIGNAL] * (abi >= SIGNAL_SCOPE_ABI)
    attributes = struct.pack(f"<{len(fields)}Q", *fields)
    ruleset = _syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(ruleset, path, _FS_EXECUTE | _FS_READ_FILE | _FS_READ_DIR, abi)
        for path in writable:
            _allow(ruleset, path, every & ~_FS_IOCTL_DEV & ~_FS_EXECUTE, abi)
        for path in devices:
            _allow(ruleset, path, every & (_FS_READ_FILE | _FS_READ_DIR | _FS_WRITE_FILE | _FS_IOCTL_DEV), abi)
        _syscall(_LANDLOCK_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def has_seccomp() -> bool:
    """Say whether this machine has filters, and we the numbers of its system calls."""
    # Without an address the kernel refuses a filter with EFAULT, and with EINVAL where it has none.
    unknown = _libc.prctl(ctypes.c_int(_PR_SET_SECCOMP), *map(ctypes.c_ulong, (2, 0, 0, 0))) != 0 and ctypes.get_errno() != errno.EFAULT
    return platform.machine() in syscalls.AUDIT_ARCH and not unknown


def seccomp(*, unix_sockets: bool, own_signals_only: bool = False) -> None:
    """Refuse what `syscalls` lists, new namespaces, and every socket family but (at most) AF_UNIX.

    With `own_signals_only` this process, which must lead its session, and its children can signal this process and its group alone.
    """
    machine = platform.machine()
    if machine not in syscalls.AUDIT_ARCH:
        raise OSError(f"no seccomp filter for {machine}")
    program = syscalls.program(machine, os.getpid(), unix_sockets=unix_sockets, own_signals_only=own_signals_only)
    code = ctypes.create_string_buffer(program)
    _prctl(_PR_SET_SECCOMP, 2, struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))


def _allow(ruleset: int, path: str, rights: int, abi: int) -> None:
    if not os.path.exists(path):  # noqa: PTH110 - runs before anything but the standard library's core is needed
        return
    if not os.path.isdir(path):  # noqa: PTH112
        rights &= _FS_EXECUTE | _FS_READ_FILE | _FS_WRITE_FILE | _FS_TRUNCATE | _FS_IOCTL_DEV
        if abi < 3:
            rights &= ~_FS_TRUNCATE
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _syscall(_LANDLOCK_ADD_RULE, ruleset, ctypes.c_int(1), struct.pack("<Qi", rights, handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)


def _prctl(option: int, *arguments: object) -> None:
    padded = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in (*arguments, 0, 0, 0, 0)][:4]
    if _libc.prctl(ctypes.c_int(option), *padded) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _syscall(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}: {os.strerror(ctypes.get_errno())}")
    return result
