"""The filter's numbers are the kernel's, and behind it a process touches itself alone. Each act runs in a child of its own."""

import contextlib
import ctypes
import errno
import faulthandler
import json
import os
import platform
import re
import resource
import signal
import socket
import struct
import sys
import time
import traceback
from pathlib import Path

import pytest

from grader.worker import confine, syscalls

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() not in syscalls.AUDIT_ARCH, reason="there is no filter for this machine"
    ),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}
NEW_CALLS = {"memfd_secret": 447, "process_mrelease": 448, "fchmodat2": 452, "setxattrat": 463}  # headers of older systems end before them


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(machine):
    """Every call of the table, on both machines; where the headers are installed."""
    header = next((path for path in map(Path, HEADERS[machine]) if path.exists()), None)
    if header is None:
        pytest.skip("the kernel's headers are not installed")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", header.read_text(encoding="utf-8")))
    column = list(syscalls.AUDIT_ARCH).index(machine)
    ours = {name: numbers[column] for name, numbers in {**syscalls.NUMBERS, **syscalls.FILE_CALLS}.items() if numbers[column] is not None}
    assert {name: int(known.get(name, NEW_CALLS.get(name, -1))) for name in ours} == ours
    assert len(set(ours.values())) == len(ours)


def test_what_is_denied_ends_where_the_rules_about_arguments_begin():
    """No call with a rule of its own is denied as a whole; the first and the last of the denied ones are."""
    assert {"ptrace", "memfd_create", "io_uring_setup", "shmget"} <= set(syscalls.DENIED)
    assert not {*syscalls.OWN_LIMITS, *syscalls.OWN_SIGNALS, "kill", "clone", "socket", "fcntl", "ioctl", "prctl", "rt_sigaction"} & set(
        syscalls.DENIED
    )


def number(name):
    return syscalls.NUMBERS[name][list(syscalls.AUDIT_ARCH).index(platform.machine())]


def errors(*asked):
    """Return for each call, by name and arguments, its errno, 0 if it was done."""
    libc = ctypes.CDLL(None, use_errno=True)
    said = []
    for name, *arguments in asked:
        ctypes.set_errno(0)
        longs = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
        said.append(ctypes.get_errno() if libc.syscall(ctypes.c_long(number(name)), *longs) < 0 else 0)
    return said


def filtered(act, *, own_signals_only=True, unix_sockets=False, confined=True):
    """Run `act` in a child that leads a session, behind the filter; return what it returns, through JSON."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = {"error": "no answer"}
        try:
            os.setsid()
            if confined:
                confine.no_new_privileges()
                confine.seccomp(unix_sockets=unix_sockets, own_signals_only=own_signals_only)
            answer = {"value": act()}
        except BaseException:  # noqa: BLE001 - a fork must never return into the tests
            answer = {"error": traceback.format_exc()}
        finally:
            os.write(writing, json.dumps(answer).encode())
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = json.loads(pipe.read() or '{"error": "the child died"}')
    os.waitpid(pid, 0)
    assert "value" in answer, answer["error"]
    return answer["value"]


@pytest.fixture
def target():
    """A process of the same user, outside the filter and in another session: what a zygote or a judge is."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def signals(pid):
    """Every system call that sends a signal, with signal 0 where there is one to choose; then those that make a file's owner of `pid`."""
    info = ctypes.create_string_buffer(struct.pack("iii", 0, 0, -1) + bytes(116))
    fd = os.open("/dev/null", os.O_RDONLY)
    owner = struct.pack("ii", 1, pid)
    return [
        *[("kill", pid, 0), ("kill", -pid, 0), ("tkill", pid, 0), ("tgkill", pid, pid, 0)],
        *[("rt_sigqueueinfo", pid, signal.SIGCONT, info), ("rt_tgsigqueueinfo", pid, pid, signal.SIGCONT, info), ("pidfd_open", pid, 0)],
        *[("fcntl", fd, 8, pid), ("fcntl", fd, 10, signal.SIGKILL), ("fcntl", fd, 15, ctypes.create_string_buffer(owner))],
        *[("ioctl", fd, 0x8901, ctypes.create_string_buffer(owner[4:])), ("ioctl", fd, 0x8902, ctypes.create_string_buffer(owner[4:]))],
    ]


def test_no_signal_leaves_a_process_by_any_way(target):
    """Where Landlock has no scope for signals the filter refuses each: by number, by thread, queued, by handle, as the owner of a file."""
    assert filtered(lambda: errors(*signals(target))) == [1] * 12


def test_a_broadcast_is_refused():
    """`kill(-1)` would reach everything of the user."""
    assert filtered(lambda: errors(("kill", -1, 0))) == [1]


def test_without_the_filter_signals_leave(target):
    """So it is the filter that the tests above see: the plain ways are open, and open behind the filter that leaves signals to Landlock."""
    plain = lambda: errors(*signals(target))  # noqa: E731
    assert [plain()[at] for at in (0, 2, 3, 6, 7)] == [0] * 5
    assert [filtered(plain, own_signals_only=False)[at] for at in (0, 2, 3, 6, 7)] == [0] * 5


def test_a_process_signals_itself_and_its_group():
    """What honest code does: raise, abort's first half, a thread's own signal; its parent from a child, and its group."""

    def act():
        caught = []
        signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
        signal.raise_signal(signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        os.killpg(0, signal.SIGUSR1)
        os.killpg(os.getpid(), signal.SIGUSR1)
        parent = os.getpid()
        if os.fork() == 0:
            os.kill(parent, signal.SIGUSR1)
            os._exit(0)
        os.wait()
        return len(caught)

    assert filtered(act) == 5


def test_a_child_ends_itself_though_it_may_not_signal():
    """`os.abort` in a child, whose number the filter does not know, still ends it, and its parent learns that."""

    def act():
        if (child := os.fork()) == 0:
            faulthandler.disable()  # pytest's, which would tell at length
            os.abort()
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    assert filtered(act) is True


def others_limits(pid):
    """Every call that lowers what another process may use."""
    limit, mask, attributes = struct.pack("QQ", 0, 0), struct.pack("Q", 1), struct.pack("IIQiIQQQ", 48, 3, 0, 0, 0, 0, 0, 0)
    buffers = [ctypes.create_string_buffer(data) for data in (limit, mask, struct.pack("i", 0), attributes)]
    return [
        *[("prlimit64", pid, resource.RLIMIT_FSIZE, buffers[0], None), ("sched_setaffinity", pid, 8, buffers[1])],
        *[("sched_setscheduler", pid, 3, buffers[2]), ("sched_setparam", pid, buffers[2]), ("sched_setattr", pid, buffers[3], 0)],
        *[("setpriority", 0, pid, 19), ("setpriority", 1, 0, 19), ("setpriority", 2, 0, 19)],
        *[("ioprio_set", 1, pid, 3 << 13), ("ioprio_set", 3, 0, 3 << 13)],
    ]


@pytest.mark.parametrize("own_signals_only", [True, False])
def test_the_limits_of_another_process_cannot_be_touched(target, own_signals_only):
    """Landlock's scope says nothing about them: without a rule a worker could lower the zygote's limits for whoever comes next."""
    before = resource.prlimit(target, resource.RLIMIT_FSIZE), os.sched_getaffinity(target), os.getpriority(os.PRIO_PROCESS, target)
    assert filtered(lambda: errors(*others_limits(target)), own_signals_only=own_signals_only) == [1] * 10
    assert before == (
        resource.prlimit(target, resource.RLIMIT_FSIZE),
        os.sched_getaffinity(target),
        os.getpriority(os.PRIO_PROCESS, target),
    )


def test_without_the_filter_the_limits_of_another_process_are_open(target):
    """The very first of those calls would do: the same user is all that it takes."""
    assert errors(*others_limits(target)[:2]) == [0, 0]
    assert resource.prlimit(target, resource.RLIMIT_FSIZE) == (0, 0)


def test_its_own_limits_a_process_may_read():
    """Of itself, by 0 or by its number; what was set from outside stays as it is. Its cores and its priority are its own."""

    def act():
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        for lower in (resource.setrlimit, lambda *limit: resource.prlimit(os.getpid(), *limit)):
            with contextlib.suppress(ValueError, OSError):
                lower(resource.RLIMIT_NOFILE, (32, 32))
        os.sched_setaffinity(0, os.sched_getaffinity(0))
        os.nice(1)
        return before == resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE)

    assert filtered(act) is True


def reaped_s():
    """Burn CPU time in a child whose end its parent says to ignore; return what the parent's account then has."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if (child := os.fork()) == 0:
        until_s = time.process_time() + 0.2
        while time.process_time() < until_s:
            pass
        os._exit(0)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_time_of_children_cannot_be_kept_out_of_the_account():
    """A parent that ignores their end would make it vanish: behind the filter the handler is set without effect."""
    assert filtered(reaped_s) >= 0.18
    assert filtered(reaped_s, confined=False) < 0.1


def test_other_handlers_are_set_as_ever():
    """A handler for another signal works, and asking for the handler of SIGCHLD does too."""

    def act():
        caught = []
        signal.signal(signal.SIGALRM, lambda *_: caught.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(0.05)
        return [len(caught), *errors(("rt_sigaction", signal.SIGCHLD, 0, ctypes.create_string_buffer(64), 8))]

    assert filtered(act) == [1, 0]


def test_nothing_is_hidden_from_the_judge():
    """Neither the process itself, by giving up its dumpable mark, nor memory that no address space counts."""
    assert filtered(lambda: errors(("prctl", 4, 0, 0, 0, 0), ("memfd_create", ctypes.create_string_buffer(b"x"), 0))) == [1, 1]
    assert filtered(lambda: errors(("prctl", 3, 0, 0, 0, 0))) == [0]  # PR_GET_DUMPABLE


def test_it_dies_with_its_parent_whatever_it_asks_for():
    """The mark that the zygote's fork set for itself cannot be taken off; asking for it reports success and does nothing."""

    def act():
        said = errors(("prctl", 1, signal.SIGUSR1, 0, 0, 0))
        now = ctypes.c_int(-1)
        return [*said, *errors(("prctl", 2, ctypes.byref(now), 0, 0, 0)), now.value]

    assert filtered(act) == [0, 0, 0]
    assert filtered(act, confined=False) == [0, 0, signal.SIGUSR1]


def test_half_a_pair_of_sockets_reaches_nobody(tmp_path):
    """A pair of datagram sockets could be connected to any socket of the machine; a pair of streams is left, and cannot."""
    kinds = {"dgram": socket.SOCK_DGRAM, "stream": socket.SOCK_STREAM}
    servers = {name: socket.socket(socket.AF_UNIX, kind) for name, kind in kinds.items()}
    for name, server in servers.items():
        server.bind(str(tmp_path / name))
    servers["stream"].listen()

    def act():
        said = []
        for name, kind in kinds.items():
            try:
                ours, _theirs = socket.socketpair(socket.AF_UNIX, kind)
                ours.connect(str(tmp_path / name))
                said.append("connected")
            except OSError as error:
                said.append(error.errno)
        return said

    assert filtered(act) == [errno.EAFNOSUPPORT, errno.EISCONN]
    assert filtered(act, confined=False) == ["connected", errno.EISCONN]
    for server in servers.values():
        server.close()
