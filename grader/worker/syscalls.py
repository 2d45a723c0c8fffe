"""Turns what a worker may not ask of the kernel into a seccomp program. Linux on x86_64 and aarch64.

A filter sees numbers and arguments, no memory behind a pointer. It is inherited by children, who then may touch less than their parent.
"""

import struct
from collections.abc import Iterable, Sequence

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Number on x86_64 (asm/unistd_64.h) and on aarch64 (asm-generic/unistd.h).
NUMBERS: dict[str, tuple[int, int]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268), "unshare": (272, 97),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "personality": (135, 92),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "kexec_load": (246, 104), "init_module": (175, 105), "finit_module": (313, 273),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "memfd_secret": (447, 447), "memfd_create": (319, 279), "inotify_add_watch": (254, 27),
    "setrlimit": (160, 164), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "fcntl": (72, 25), "ioctl": (16, 29),
    "rt_sigaction": (13, 134), "prctl": (157, 167), "clone": (56, 220), "clone3": (435, 435), "socket": (41, 198), "socketpair": (53, 199),
}  # fmt: skip
# Calls on a path that Landlock does not weigh: a worker of the same user could shut the course, or make a file older than it is.
FILE_CALLS: dict[str, tuple[int, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
}  # fmt: skip
# Calls that no assignment needs, and that reach other processes, the kernel's large attack surface, or memory that outlives a worker
# (names and notes on files too, and watches) or that no limit counts (a memfd is in no address space).
DENIED = tuple(list(NUMBERS)[: list(NUMBERS).index("prlimit64")])
# Landlock's scope does not cover these: without a rule a worker could lower the zygote's limits, or its judge's.
OWN_LIMITS = ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
OWN_SIGNALS = ("tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")

_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000
_AF_UNIX, _SOCK_STREAM, _SOCK_KIND = 1, 1, 0xF
_SIGCHLD = 17
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_PRIO_PROCESS, _IOPRIO_WHO_PROCESS = 0, 1
_SET_OWNER_BY_FCNTL = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
_SET_OWNER_BY_IOCTL = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
_CLONE_NEW_ANYTHING = 0x7E020000  # CLONE_NEWTIME is left out: in clone its bit belongs to the exit signal

_Rule = list[bytes]


def program(machine: str, own_pid: int, *, unix_sockets: bool, own_signals_only: bool) -> bytes:
    """Return the filter of the process `own_pid`, which leads a session of its own.

    With `own_signals_only` no signal leaves it: what Landlock's scope does from version 6 on.
    """
    column = list(AUDIT_ARCH).index(machine)
    number = {name: numbers[column] for name, numbers in NUMBERS.items()}
    rules = [_when(number[name], [_refuse(_EPERM)]) for name in DENIED]
    if not unix_sockets:  # no mounts of its own: nothing but Landlock guards files
        calls = [numbers[column] for numbers in FILE_CALLS.values()]
        rules += [_when(call, [_refuse(_EPERM)]) for call in calls if call is not None]
    rules += [_when(number[name], _only(0, (0, own_pid))) for name in OWN_LIMITS]
    rules += [
        _when(number["prlimit64"], [*_unless(0, (0, own_pid)), *_only_asks(2)]),  # a limit set from outside stays
        _when(number["setpriority"], [*_unless(0, (_PRIO_PROCESS,)), *_only(1, (0, own_pid))]),
        _when(number["ioprio_set"], [*_unless(0, (_IOPRIO_WHO_PROCESS,)), *_only(1, (0, own_pid))]),
        # It dies with its zygote. Unreadable to its judge it could hide how much memory it holds.
        _when(number["prctl"], [*_pretend_where(0, _PR_SET_PDEATHSIG), *_none_of(0, (_PR_SET_DUMPABLE,))]),
        _when(number["rt_sigaction"], _keep_child_signal()),
        # clone3 hides its flags behind a pointer: without it the C library falls back to clone.
        _when(number["clone3"], [_refuse(_ENOSYS)]),
        _when(number["clone"], [_argument(0), _step(_ANY_BIT, 0, 1, _CLONE_NEW_ANYTHING), _refuse(_EPERM), _allow()]),
    ]
    rules += _signals(number, own_pid) if own_signals_only else []
    rules += _sockets(number, unix_sockets=unix_sockets)
    return b"".join([*_entry(machine), *(step for rule in rules for step in rule), _allow()])


def _entry(machine: str) -> _Rule:
    steps = [_step(_LOAD, 0, 0, _ARCH_AT), _step(_EQUAL, 1, 0, AUDIT_ARCH[machine]), _step(_RETURN, 0, 0, _KILL)]
    steps.append(_step(_LOAD, 0, 0, _NUMBER_AT))
    if machine == "x86_64":  # the x32 numbers would slip past the list
        steps += [_step(_AT_LEAST, 0, 1, _X32_BIT), _refuse(_ENOSYS)]
    return steps


def _signals(number: dict[str, int], own_pid: int) -> list[_Rule]:
    """Return the rules under which a process signals itself and its process group alone, by no other way either."""
    rules = [_when(number["kill"], _only(0, (0, own_pid, -own_pid)))]
    rules += [_when(number[name], _only(0, (own_pid,))) for name in OWN_SIGNALS]
    rules += [_when(number[name], [_refuse(_EPERM)]) for name in ("pidfd_open", "pidfd_send_signal")]
    # The owner of a file is signalled when it can be read.
    rules.append(_when(number["fcntl"], _none_of(1, _SET_OWNER_BY_FCNTL)))
    rules.append(_when(number["ioctl"], _none_of(1, _SET_OWNER_BY_IOCTL)))
    return rules


def _sockets(number: dict[str, int], *, unix_sockets: bool) -> list[_Rule]:
    if unix_sockets:
        return [_when(number["socket"], [_argument(0), _step(_EQUAL, 0, 1, _AF_UNIX), _allow(), _refuse(_EAFNOSUPPORT)])]
    # Half of a pair of datagram sockets can be connected to any other one of this machine.
    stream = [_argument(1), _step(_AND, 0, 0, _SOCK_KIND), _step(_EQUAL, 0, 1, _SOCK_STREAM), _allow(), _refuse(_EAFNOSUPPORT)]
    return [_when(number["socket"], [_refuse(_EAFNOSUPPORT)]), _when(number["socketpair"], stream)]


def _keep_child_signal() -> _Rule:
    """Let a handler for SIGCHLD be set without effect: the CPU time of children whose parent ignores their end is in no account."""
    return [_argument(0), _step(_EQUAL, 1, 0, _SIGCHLD), _allow(), *_only_asks(1, otherwise=_step(_RETURN, 0, 0, _ERRNO))]


def _only_asks(index: int, otherwise: bytes | None = None) -> _Rule:
    """Allow where a pointer to something new is null, for then the call only asks for what there is."""
    asks = [_argument(index), _step(_EQUAL, 0, 3, 0), _argument(index, high=True), _step(_EQUAL, 0, 1, 0), _allow()]
    return [*asks, otherwise or _refuse(_EPERM)]


def _when(number: int, then: Sequence[bytes]) -> _Rule:
    """Return a rule for one call. `then` returns in every case, for it may load something else than the number."""
    return [_step(_EQUAL, 0, len(then), number), *then]


def _only(index: int, values: Iterable[int]) -> _Rule:
    return [*_unless(index, values), _allow()]


def _unless(index: int, values: Iterable[int]) -> _Rule:
    """Refuse where an argument is none of `values`, else go on."""
    wanted = list(values)
    jumps = [_step(_EQUAL, len(wanted) - at, 0, value & 0xFFFFFFFF) for at, value in enumerate(wanted)]
    return [_argument(index), *jumps, _refuse(_EPERM)]


def _pretend_where(index: int, value: int) -> _Rule:
    """Do nothing and report success where an argument is `value`, else go on."""
    return [_argument(index), _step(_EQUAL, 0, 1, value), _step(_RETURN, 0, 0, _ERRNO)]


def _none_of(index: int, values: Iterable[int]) -> _Rule:
    checks = [step for value in values for step in (_step(_EQUAL, 0, 1, value), _refuse(_EPERM))]
    return [_argument(index), *checks, _allow()]


def _argument(index: int, *, high: bool = False) -> bytes:
    """Load the half of an argument that the kernel reads where it takes an int: numbers of processes, commands, flags."""
    return _step(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index + 4 * high)


def _allow() -> bytes:
    return _step(_RETURN, 0, 0, _ALLOW)


def _refuse(error: int) -> bytes:
    return _step(_RETURN, 0, 0, _ERRNO | error)


def _step(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
