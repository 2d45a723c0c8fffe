"""Turns a process into a confined one: limits, Landlock, seccomp, an unprivileged user. Linux only, by system calls alone."""

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Sequence

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

_SECCOMP_ALLOW, _SECCOMP_ERRNO, _SECCOMP_KILL = 0x7FFF0000, 0x00050000, 0x80000000
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_EPERM, _EAFNOSUPPORT, _ENOSYS = 1, 97, 38
_AF_UNIX = 1
# Calls that no assignment needs, and that reach other processes, the kernel's large attack surface, or memory that outlives a worker.
_DENIED = {
    "x86_64": {
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_getfd": 438, "kcmp": 312,
        "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "setns": 308, "unshare": 272,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "mount_setattr": 442,
        "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "keyctl": 250, "add_key": 248, "request_key": 249,
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "kexec_load": 246, "init_module": 175,
        "finit_module": 313, "shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66,
        "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "mq_open": 240, "personality": 135, "memfd_secret": 447,
    },
    "aarch64": {
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "pidfd_getfd": 438, "kcmp": 272,
        "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "setns": 268, "unshare": 97,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "mount_setattr": 442,
        "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "keyctl": 219, "add_key": 217, "request_key": 218,
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "kexec_load": 104, "init_module": 105,
        "finit_module": 273, "shmget": 194, "shmat": 196, "shmctl": 195, "semget": 190, "semop": 193, "semctl": 191,
        "msgget": 186, "msgsnd": 189, "msgrcv": 188, "msgctl": 187, "mq_open": 180, "personality": 92, "memfd_secret": 447,
    },
}  # fmt: skip
_SOCKET = {"x86_64": 41, "aarch64": 198}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_CLONE_NEW_ANYTHING = 0x7E020000  # CLONE_NEWTIME is left out: in clone its bit belongs to the exit signal


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


def landlock(readable: Sequence[str], writable: Sequence[str]) -> None:
    """Leave this process only `readable` and `writable` paths, no network, no signal or abstract socket to the outside."""
    abi = landlock_abi()
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
            _allow(ruleset, path, _FS_EXECUTE | _FS_READ_FILE | _FS_READ_DIR)
        for path in writable:
            _allow(ruleset, path, every & ~_FS_IOCTL_DEV)
        _syscall(_LANDLOCK_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def seccomp(*, unix_sockets: bool) -> None:
    """Refuse the system calls of `_DENIED`, new namespaces, and every socket family but (at most) AF_UNIX."""
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        raise OSError(f"no seccomp filter for {machine}")
    program = [
        _jump(0x20, 0, 0, 4),  # A = architecture
        _jump(0x15, 1, 0, _AUDIT_ARCH[machine]),
        _jump(0x06, 0, 0, _SECCOMP_KILL),
        _jump(0x20, 0, 0, 0),  # A = call number
    ]
    if machine == "x86_64":  # the x32 numbers would slip past the list
        program += [_jump(0x35, 0, 1, 0x40000000), _jump(0x06, 0, 0, _SECCOMP_ERRNO | _ENOSYS)]
    for number in _DENIED[machine].values():
        program += [_jump(0x15, 0, 1, number), _jump(0x06, 0, 0, _SECCOMP_ERRNO | _EPERM)]
    # clone3 hides its flags behind a pointer: without it the C library falls back to clone.
    program += [_jump(0x15, 0, 1, _CLONE3), _jump(0x06, 0, 0, _SECCOMP_ERRNO | _ENOSYS)]
    program += [
        _jump(0x15, 0, 4, _CLONE[machine]),
        _jump(0x20, 0, 0, 16),  # A = low half of the first argument
        _jump(0x45, 0, 1, _CLONE_NEW_ANYTHING),
        _jump(0x06, 0, 0, _SECCOMP_ERRNO | _EPERM),
        _jump(0x06, 0, 0, _SECCOMP_ALLOW),
    ]
    family = [_jump(0x20, 0, 0, 16), _jump(0x15, 1, 0, _AF_UNIX)] if unix_sockets else []
    program += [_jump(0x15, 0, len(family) + 1, _SOCKET[machine]), *family]
    program += [_jump(0x06, 0, 0, _SECCOMP_ERRNO | _EAFNOSUPPORT), _jump(0x06, 0, 0, _SECCOMP_ALLOW)]
    code = ctypes.create_string_buffer(b"".join(program))
    filter_program = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
    _prctl(_PR_SET_SECCOMP, 2, filter_program)


def _jump(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _allow(ruleset: int, path: str, rights: int) -> None:
    if not os.path.exists(path):  # noqa: PTH110 - runs before anything but the standard library's core is needed
        return
    if not os.path.isdir(path):  # noqa: PTH112
        rights &= _FS_EXECUTE | _FS_READ_FILE | _FS_WRITE_FILE | _FS_TRUNCATE
        if landlock_abi() < 3:
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
