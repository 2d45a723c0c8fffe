"""What a confined process can no longer do. Each act runs in a child of its own: this process is never confined itself."""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import signal
import socket
import struct
import sys
import threading
import time
import traceback

import pytest

from grader.worker import confine

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Landlock, seccomp and prctl are Linux's"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
ABI = confine.landlock_abi() if sys.platform == "linux" else 0
ROOT = os.geteuid() == 0
needs_landlock = pytest.mark.skipif(ABI < confine.SIGNAL_SCOPE_ABI, reason=f"this kernel's Landlock is version {ABI}, and 6 is needed")
needs_seccomp = pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="there is no filter for this machine")
needs_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")

SIGCHLD_AND_NEW_USER, SIGCHLD_AND_NEW_PID = signal.SIGCHLD | 0x10000000, signal.SIGCHLD | 0x20000000
CLONE = {"x86_64": 56, "aarch64": 220}.get(platform.machine(), -1)


def in_child(act):
    """Run `act` in a forked child and return what it returns, through JSON; an exception there is one here."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = {"error": "no answer"}
        try:
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


def tried(*acts):
    """Return for each act the name of the error it met, or `done`."""
    said = []
    for act in acts:
        try:
            act()
            said.append("done")
        except OSError as error:
            said.append(errno.errorcode[error.errno])
    return said


def calls(*numbers_and_arguments):
    """Return for each call of the C library, by name, or of the kernel, by number, its errno's name or `done`."""
    libc = ctypes.CDLL(None, use_errno=True)
    said = []
    for name, *arguments in numbers_and_arguments:
        ctypes.set_errno(0)
        longs = [ctypes.c_long(argument) for argument in arguments]
        result = getattr(libc, name)(*longs) if isinstance(name, str) else libc.syscall(ctypes.c_long(name), *longs)
        if name == CLONE and result == 0:
            os._exit(0)  # the new process of a clone that was not refused
        said.append("done" if result >= 0 else errno.errorcode[ctypes.get_errno()])
    return said


@pytest.fixture
def rooms(tmp_path):
    """Three folders with a file each: to read, to write, and neither."""
    for name in ("readable", "writable", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="utf-8")
    return tmp_path


def locked(rooms, act):
    """Run `act` in a child that may read and write in its rooms alone."""

    def confined():
        confine.no_new_privileges()
        confine.landlock([str(rooms / "readable"), "/no/such/path"], [str(rooms / "writable"), "/dev/null"])
        return act()

    return in_child(confined)


@needs_landlock
def test_landlock_opens_what_is_named(rooms):
    """Reading below the one, reading, writing, making and removing below the other; a path that does not exist is no fault."""

    def act():
        found = [(rooms / name / "file").read_text() for name in ("readable", "writable")]
        (rooms / "writable" / "file").write_text("changed")
        (rooms / "writable" / "made").mkdir()
        (rooms / "writable" / "made").rmdir()
        (rooms / "writable" / "file").rename(rooms / "writable" / "renamed")
        with open("/dev/null", "w") as null:
            null.write("x")
        return [*found, sorted(os.listdir(rooms / "readable"))]

    assert locked(rooms, act) == ["readable", "writable", ["file"]]
    assert (rooms / "writable" / "renamed").read_text() == "changed"


@needs_landlock
def test_landlock_closes_everything_else(rooms):
    """No reading, listing, writing, making, linking out or running elsewhere, the root's own files included."""
    (rooms / "writable" / "out").symlink_to(rooms / "closed" / "file")

    def act():
        return tried(
            lambda: (rooms / "closed" / "file").read_text(),
            lambda: (rooms / "writable" / "out").read_text(),
            lambda: os.listdir(rooms / "closed"),
            lambda: os.listdir("/"),
            lambda: open("/etc/passwd").close(),
            lambda: open("/proc/self/environ").close(),
            lambda: (rooms / "closed" / "new").write_text("x"),
            lambda: (rooms / "closed" / "file").unlink(),
            lambda: os.truncate(rooms / "closed" / "file", 0),
            lambda: (rooms / "closed" / "made").mkdir(),
            lambda: os.execv("/bin/true", ["true"]),
        )

    assert set(locked(rooms, act)) == {"EACCES"}
    assert (rooms / "closed" / "file").read_text() == "closed"


@needs_landlock
def test_what_is_readable_cannot_be_written(rooms):
    """Nor truncated, renamed away or replaced by a link from the writable folder."""

    def act():
        inside = rooms / "readable" / "file"
        return tried(
            lambda: inside.write_text("x"),
            lambda: os.truncate(inside, 0),
            lambda: inside.unlink(),
            lambda: inside.rename(rooms / "writable" / "taken"),
            lambda: os.link(rooms / "writable" / "file", rooms / "readable" / "link"),
            lambda: os.symlink("file", rooms / "readable" / "link"),
        )

    assert set(locked(rooms, act)) <= {"EACCES", "EXDEV"}
    assert [path.name for path in (rooms / "readable").iterdir()] == ["file"]
    assert (rooms / "readable" / "file").read_text() == "readable"


@needs_landlock
def test_landlock_has_no_network_and_no_abstract_socket(rooms):
    """A listening port and an abstract socket of this machine are there, and out of reach; no port can be opened."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        name = f"\0confine-{os.getpid()}"
        abstract.bind(name)
        abstract.listen()
        port = server.getsockname()[1]

        def act():
            return tried(
                lambda: socket.socket().connect(("127.0.0.1", port)),
                lambda: socket.socket().bind(("127.0.0.1", 0)),
                lambda: socket.socket(socket.AF_UNIX).connect(name),
            )

        assert in_child(act) == ["done", "done", "done"]
        assert locked(rooms, act) == ["EACCES", "EACCES", "EPERM"]


@needs_landlock
def test_landlock_signals_reach_its_own_processes_alone(rooms):
    """Neither the parent nor process 1; its own child it may kill."""
    parent = os.getpid()

    def act():
        child = os.fork()
        if child == 0:
            signal.pause()
        said = tried(lambda: os.kill(parent, 0), lambda: os.kill(1, 0), lambda: os.kill(child, signal.SIGKILL))
        os.waitpid(child, 0)
        return said

    assert locked(rooms, act) == ["EPERM", "EPERM", "done"]


@needs_landlock
def test_landlock_holds_for_children_and_cannot_be_widened(rooms):
    """A fork inherits it, and a second ruleset that allows more takes nothing back."""

    def act():
        confine.landlock(["/"], ["/"])
        mine = tried(lambda: os.listdir(rooms / "closed"))
        return mine + in_child(lambda: tried(lambda: os.listdir(rooms / "closed"), lambda: os.listdir(rooms / "readable")))

    assert locked(rooms, act) == ["EACCES", "EACCES", "done"]


def filtered(act, *, unix_sockets=False):
    """Run `act` in a child behind the filter."""

    def confined():
        confine.no_new_privileges()
        confine.seccomp(unix_sockets=unix_sockets)
        return act()

    return in_child(confined)


# By name where the C library has them; numbers from 424 on are the same on every machine. Zeros are mostly no valid
# arguments: without the filter they are refused for another reason than EPERM, or not at all.
HARMLESS = [("ptrace", 0, 0, 0, 0), ("unshare", 0), ("personality", 0xFFFFFFFF), ("process_vm_readv", 0, 0, 0, 0, 0, 0)]
HARMLESS += [("process_vm_writev", 0, 0, 0, 0, 0, 0), ("shmctl", -1, 2, 0), ("semctl", -1, 0, 11), ("msgctl", -1, 2, 0)]
DANGEROUS = [
    *HARMLESS,
    *[("setns", -1, 0), ("mount", 0, 0, 0, 0, 0), ("umount2", 0, 0), ("chroot", 0), ("shmget", 0, 4096, 0o600)],
    *[("semget", 0, 1, 0o600), ("msgget", 0, 0o600), (425, 1, 0), (426, 0, 0, 0, 0, 0, 0), (427, 0, 0, 0, 0)],
    *[(428, 0, 0, 0), (429, 0, 0, 0, 0, 0), (430, 0, 0), (432, 0, 0, 0), (438, -1, 0, 0), (442, 0, 0, 0, 0, 0), (447, 0)],
]


@needs_seccomp
@pytest.mark.parametrize("call", DANGEROUS, ids=lambda call: str(call[0]))
def test_seccomp_refuses_dangerous_calls(call):
    """Looking into processes, mounts, namespaces, io_uring, memory that outlives a process."""
    assert filtered(lambda: calls(call)) == ["EPERM"]


@needs_seccomp
def test_without_the_filter_harmless_forms_of_them_are_not_refused():
    """So it is the filter that the test above sees."""
    assert "EPERM" not in in_child(lambda: calls(*HARMLESS))


@needs_seccomp
@pytest.mark.parametrize("flags", [SIGCHLD_AND_NEW_USER, SIGCHLD_AND_NEW_PID], ids=["user", "pid"])
def test_seccomp_refuses_new_namespaces(flags):
    """By `clone`; `clone3`, whose flags a filter cannot see, does not exist."""
    assert filtered(lambda: calls((CLONE, flags, 0, 0, 0, 0), (435, 0, 0))) == ["EPERM", "ENOSYS"]


@needs_seccomp
def test_seccomp_allows_threads_forks_and_programs():
    """What torch, a data loader and an ordinary program need."""

    def act():
        ran = []
        thread = threading.Thread(target=ran.append, args=(1,))
        thread.start()
        thread.join()
        child = os.fork()
        if child == 0:
            os._exit(7)
        forked = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        spawned = os.posix_spawn("/bin/true", ["true"], {})
        return [ran, forked, os.waitstatus_to_exitcode(os.waitpid(spawned, 0)[1])]

    assert filtered(act) == [[1], 7, 0]


@needs_seccomp
@pytest.mark.parametrize("unix_sockets", [True, False])
def test_seccomp_leaves_one_family_of_sockets_at_most(unix_sockets):
    """Local sockets where they are allowed; never one that reaches a network, or the kernel's own tables."""
    families = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK)

    def act():
        raw = {socket.AF_NETLINK, socket.AF_PACKET}
        kinds = [(family, socket.SOCK_RAW if family in raw else socket.SOCK_STREAM) for family in families]
        return tried(*(lambda f=f, k=k: socket.socket(f, k).close() for f, k in kinds), lambda: [s.close() for s in socket.socketpair()])

    refused = ["EAFNOSUPPORT"] * 5
    assert filtered(act, unix_sockets=unix_sockets) == ["done" if unix_sockets else "EAFNOSUPPORT", *refused, "done"]
    assert in_child(act)[:2] == ["done", "done"]


@needs_seccomp
def test_seccomp_holds_for_children():
    """A fork and its threads are filtered too, and a second filter takes nothing back."""

    def act():
        confine.seccomp(unix_sockets=True)
        return in_child(lambda: tried(lambda: socket.socket(socket.AF_UNIX)) + calls(("unshare", 0)))

    assert filtered(act) == ["EAFNOSUPPORT", "EPERM"]


@needs_seccomp
def test_seccomp_keeps_a_workers_hands_off_what_others_share():
    """Limits, cores and priorities of another process of its user; attributes, watches and nameless files; hiding from the judge."""

    def act():
        parent = os.getppid()
        return tried(
            lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
            lambda: os.sched_setaffinity(parent, os.sched_getaffinity(parent)),
            lambda: os.sched_setscheduler(parent, os.SCHED_OTHER, os.sched_param(0)),
            lambda: os.setpriority(os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent)),
            lambda: os.setxattr("/nowhere", "user.x", b"x"),
            lambda: os.close(os.memfd_create("x")),
            lambda: confine.set_dumpable(False),
        ) + calls(("inotify_add_watch", -1, 0, 0))

    assert filtered(act) == ["EPERM"] * 8
    assert "EPERM" not in in_child(act)


@needs_seccomp
def test_seccomp_leaves_a_process_its_own_limits_and_cores():
    """What an honest program does to itself goes on working."""

    def act():
        return tried(
            lambda: resource.prlimit(0, resource.RLIMIT_NOFILE),
            lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
            lambda: confine.no_new_privileges(),
        )

    assert filtered(act) == ["done"] * 3


@needs_seccomp
@pytest.mark.parametrize("unix_sockets", [True, False])
def test_seccomp_guards_modes_and_times_where_mounts_do_not(tmp_path, unix_sockets):
    """Landlock does not weigh chmod, chown and utime: where it is all there is, they are refused."""

    def act():
        return tried(
            lambda: os.chmod(tmp_path, 0o700),
            lambda: os.utime(tmp_path),
            lambda: os.chown(tmp_path, -1, -1),
            lambda: os.mkdir(tmp_path / "new", 0o700),
        )

    assert filtered(act, unix_sockets=unix_sockets) == [*["done" if unix_sockets else "EPERM"] * 3, "done"]


@needs_seccomp
@pytest.mark.parametrize("action", [signal.SIG_IGN, signal.SIG_DFL])
def test_under_seccomp_the_time_of_children_is_in_their_parents_account(action):
    """Ignoring SIGCHLD would have the kernel reap children into nobody's time; it is no error and has no effect. Other signals do."""

    def act():
        signal.signal(signal.SIGCHLD, action)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGUSR1)
        if os.fork() == 0:
            while time.process_time() < 0.1:
                pass
            os._exit(7)
        try:
            status = os.waitstatus_to_exitcode(os.wait()[1])
        except ChildProcessError:
            status = None
        return [status, os.times().children_user + os.times().children_system > 0.05]

    assert filtered(act) == [7, True]
    if action is signal.SIG_IGN:
        assert in_child(act) == [None, False]


def test_limit_sets_the_kernels_limits():
    """Each as asked, so that none can be raised, but for the second that CPU time has to say that it ran out; no core file, no locked memory."""

    def act():
        confine.limit(cpu_s=3.2, memory_bytes=1 << 40, processes=9, file_bytes=1 << 20)
        names = ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE", "MEMLOCK")
        return {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names}

    wanted = {"CPU": 4, "AS": 1 << 40, "NPROC": 9, "FSIZE": 1 << 20, "NOFILE": 256, "CORE": 0, "MEMLOCK": 0}
    assert in_child(act) == {name: [value, value + (name == "CPU")] for name, value in wanted.items()}


def test_limit_keeps_what_is_lower_already():
    """The machine's own hard limit stays, and memory is left alone where none is given."""

    def act():
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        confine.limit(cpu_s=0, memory_bytes=None, processes=9, file_bytes=1 << 20)
        same = resource.getrlimit(resource.RLIMIT_AS) == before
        return [same, *resource.getrlimit(resource.RLIMIT_NOFILE), *resource.getrlimit(resource.RLIMIT_CPU)]

    assert in_child(act) == [True, 64, 64, 1, 2]


def test_limits_bite(tmp_path):
    """A file that grows too large, too many open files, too much memory: each ends in an error the student's code sees."""

    def act():
        confine.limit(cpu_s=60, memory_bytes=(1 << 30) + used_bytes(), processes=4096, file_bytes=1 << 16)
        said = tried(
            lambda: (tmp_path / "big").write_bytes(bytes(1 << 17)),
            lambda: [os.open("/dev/null", os.O_RDONLY) for _ in range(300)],
        )
        with contextlib.suppress(MemoryError):
            bytearray(2 << 30)
            said.append("more memory than allowed")
        return said

    assert in_child(act) == ["EFBIG", "EMFILE"]


def used_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


@pytest.mark.parametrize(("ignored", "ends_by"), [(False, signal.SIGXCPU), (True, signal.SIGKILL)])
def test_cpu_time_ends_at_the_limit(ignored, ends_by):
    """The kernel's own bound, if the judge is late: the signal says what ran out, and who ignores it is killed a second later."""
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGXCPU, signal.SIG_IGN if ignored else signal.SIG_DFL)
            confine.limit(cpu_s=0, memory_bytes=None, processes=4096, file_bytes=0)
            while True:
                pass
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -ends_by


@needs_root
def test_root_is_given_up_for_good():
    """Every identity is the new one, no group is left, and nothing leads back."""

    def act():
        confine.become(61_234)
        identity = [*os.getresuid(), *os.getresgid(), *os.getgroups()]
        ways = tried(
            lambda: os.setuid(0),
            lambda: os.seteuid(0),
            lambda: os.setresuid(0, 0, 0),
            lambda: os.setgid(0),
            lambda: os.setgroups([0]),
            lambda: open("/etc/shadow").close(),
        )
        return [identity, ways]

    identity, ways = in_child(act)
    assert identity == [61_234] * 6
    assert set(ways) <= {"EPERM", "EACCES"}


def test_an_ordinary_user_stays_who_it_is():
    """Without root there is nothing to give up."""

    def act():
        if ROOT:
            confine.become(61_234)
        before = [*os.getresuid(), *os.getresgid()]
        confine.become(61_235)
        return before == [*os.getresuid(), *os.getresgid()]

    assert in_child(act)


def test_privileges_are_not_gained_again():
    """The kernel says so, for the process and its children."""

    def act():
        confine.no_new_privileges()
        return [status("NoNewPrivs"), in_child(lambda: status("NoNewPrivs"))]

    assert in_child(act) == ["1", "1"]


def status(field):
    with open("/proc/self/status") as lines:
        return next(line.split()[1] for line in lines if line.startswith(f"{field}:"))


def test_a_process_that_is_not_dumpable_cannot_be_looked_into():
    """Its files in /proc belong to root, so that another process of the same user cannot open them."""

    def act():
        if ROOT:
            confine.become(61_234)
        confine.set_dumpable(True)
        open_one = os.stat("/proc/self/environ").st_uid
        confine.set_dumpable(False)
        return [open_one == os.getuid(), os.stat("/proc/self/environ").st_uid]

    assert in_child(act) == [True, 0]


def test_an_orphan_becomes_a_child():
    """A daemon's second fork is reaped by the process that asked for it."""

    def act():
        confine.reap_orphans()
        reading, writing = os.pipe()
        if os.fork() == 0:
            if (orphan := os.fork()) == 0:
                time.sleep(0.05)
                os._exit(5)
            os.write(writing, struct.pack("i", orphan))
            os._exit(0)
        orphan = struct.unpack("i", os.read(reading, 4))[0]
        ended = dict(os.waitpid(-1, 0) for _ in range(2))
        return os.waitstatus_to_exitcode(ended[orphan])

    assert in_child(act) == 5


def test_it_dies_with_its_parent():
    """The kernel kills it; nobody has to remember."""

    def act():
        confine.reap_orphans()
        reading, writing = os.pipe()
        if os.fork() == 0:
            if os.fork() == 0:
                confine.die_with_parent()
                os.write(writing, struct.pack("i", os.getpid()))
                time.sleep(60)
                os._exit(0)
            os.read(reading, 4)
            os.write(writing, b"gone")
            os._exit(0)
        ended = [os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1]) for _ in range(2)]
        return sorted(ended)

    assert in_child(act) == [-signal.SIGKILL, 0]


@needs_seccomp
def test_no_child_vanishes_with_its_cpu_time():
    """Ignoring SIGCHLD is neither refused nor done; another signal's action is the process's own."""

    def act():
        confine.no_new_privileges()
        confine.seccomp(unix_sockets=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGUSR1)
        if (pid := os.fork()) == 0:
            os._exit(7)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    assert in_child(act) == 7


@needs_seccomp
def test_what_is_set_from_outside_stays():
    """No limit can be changed, though read; nobody hides from /proc; nothing is kept in files that no folder holds."""
    none = resource.RLIM_INFINITY

    def act():
        confine.no_new_privileges()
        confine.seccomp(unix_sockets=True)
        resource.getrlimit(resource.RLIMIT_FSIZE)
        return tried(
            lambda: resource.prlimit(0, resource.RLIMIT_FSIZE, (0, none)),
            lambda: os.memfd_create("x"),
            lambda: confine.set_dumpable(False),
            lambda: confine.die_with_parent(),
        )

    assert in_child(act) == ["EPERM", "EPERM", "EPERM", "done"]


@needs_landlock
def test_landlock_leaves_a_device_file_to_be_controlled_where_it_is_named():
    """An unknown control of /dev/null is refused by the device where it is named as one, else by Landlock, though it may be written."""

    def control(*devices):
        def act():
            confine.no_new_privileges()
            confine.landlock(["/dev"], ["/dev/null"], devices)
            handle = os.open("/dev/null", os.O_RDWR)
            return tried(lambda: fcntl.ioctl(handle, 0x1234, b""))

        return in_child(act)

    assert control() == ["EACCES"]
    assert control("/dev/null") == ["ENOTTY"]
