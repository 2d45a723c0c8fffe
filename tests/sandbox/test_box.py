"""A real box of every back-end that starts here: what a worker cannot reach, and what is left of it afterwards."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from grader.errors import HarnessError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox import backend as backends
from grader.sandbox import clock
from grader.sandbox.backend import Backend, Wall, probe
from grader.sandbox.box import Box
from grader.sandbox.leash import Worker

pytestmark = pytest.mark.slow

BACKENDS = [backend for backend in Backend if probe(backend) is None]

LIMITS = Limits(cpu_s=2, wall_s=8, memory_mib=1024, disk_mib=8)
TRY = "import errno, os, pathlib, signal, socket, torch\n\n\ndef attempt(text):\n    return eval(text)\n\n\ndef do(text):\n    exec(text, globals())\n    return 'done'\n"


@pytest.fixture(scope="module", params=BACKENDS)
def box(request):
    """One warm box, as a judge keeps it."""
    with Box(request.param, hidden=[], disk_mib=LIMITS.disk_mib) as box:
        yield box


@pytest.fixture
def attempt(box):
    """A function that evaluates text in a fresh worker of a wiped box."""
    box.wipe()
    worker = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
    worker.begin(1)

    def run(text, name="attempt"):
        return worker.ask({"op": "call", "on": None, "path": name, "args": [text], "kwargs": {}})

    yield run
    worker.close()


def test_values_come_out(attempt):
    """An ordinary call is answered."""
    assert attempt("2 + 3") == 5


def test_it_does_not_run_as_root(attempt):
    """No student code runs as uid 0, and there is no way back to it."""
    assert attempt("os.getuid() != 0 and os.geteuid() != 0")
    assert attempt("os.getgid() != 0 and os.getgroups() in ([], [os.getgid()])")
    with pytest.raises(Failure, match="PermissionError"):
        attempt("os.setuid(0)")


@pytest.mark.parametrize(
    "text",
    [
        "socket.socket(socket.AF_INET)",
        "socket.socket(socket.AF_INET6)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.create_connection(('127.0.0.1', 22), timeout=1)",
        "socket.getaddrinfo('localhost', 80)[0] and socket.socket()",
    ],
)
def test_there_is_no_network(attempt, text):
    """Not even loopback or a name."""
    with pytest.raises(Failure) as told:
        attempt(text)
    assert told.value.verdict is Verdict.RAISED


@pytest.mark.parametrize("backend", BACKENDS)
def test_signals_are_as_at_a_terminal(backend):
    """Also where the grader was started by `nohup` or in the background, which hands down that signals are ignored."""
    ignored = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        with Box(backend, hidden=[], disk_mib=LIMITS.disk_mib) as box:
            worker = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
            worker.begin(1)
            text = "sorted(int(n) for n in signal.valid_signals() if signal.getsignal(n) is signal.SIG_IGN)"
            found = worker.ask({"op": "call", "on": None, "path": "attempt", "args": [text], "kwargs": {}})
            worker.close()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert found == sorted([signal.SIGPIPE, signal.SIGXFSZ])


def test_the_course_cannot_be_read(attempt):
    """This repository is not there, nor the home of whoever grades, nor the system's accounts."""
    here = Path(__file__).resolve().parents[2]
    for path in (here / "grader" / "judge.py", here / "pyproject.toml", Path.home() / ".bashrc", Path("/etc/shadow")):
        with pytest.raises(Failure):
            attempt(f"open({str(path)!r}).read()")


def test_the_environment_tells_nothing(attempt, monkeypatch):
    """Only what a program needs to run is set."""
    assert set(attempt("sorted(os.environ)")) <= {
        "HOME",
        "LANG",
        "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TRIM_THRESHOLD_",
        "MKL_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PWD",
        "TMPDIR",
        "LC_CTYPE",
    }


@pytest.mark.parametrize("path", ["/usr/x", "/x", "/dev/x", "/etc/x", "/proc/x"])
def test_nothing_outside_its_room_can_be_written(attempt, path):
    """The file system is read-only but for a small room of its own."""
    with pytest.raises(Failure):
        attempt(f"open({path!r}, 'w')")


def test_its_room_is_small(attempt):
    """The disk limit holds: a file, or many files."""
    with pytest.raises(Failure) as told:
        attempt(
            "[open(os.environ['TMPDIR'] + '/big', 'wb').write(bytes(1 << 20)) or os.write(3, b'') for _ in range(1)] and open(os.environ['TMPDIR'] + '/big', 'wb').write(bytes(9 << 20))"
        )
    assert told.value.verdict is Verdict.DISK


def test_the_zygote_and_the_judge_cannot_be_signalled(attempt):
    """A worker reaches no process but its own."""
    for target in ("os.getppid()", "1", str(os.getpid())):
        with pytest.raises(Failure):
            attempt(f"os.kill({target}, 0)")
    attempt("os.kill(-1, signal.SIGKILL)")  # everything that it may signal, which is nothing
    assert attempt("1 + 1") == 2


@pytest.mark.parametrize("number", [101, 310, 272, 165, 321, 298, 323, 425, 29, 64, 68])
def test_dangerous_system_calls_are_refused(attempt, number):
    """ptrace, process_vm_readv, unshare, mount, bpf, perf, userfaultfd, io_uring, System V memory, semaphores and queues."""
    if platform.machine() != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    code = f"__import__('ctypes').CDLL(None, use_errno=True).syscall({number}, 0, 0, 0, 0, 0, 0)"
    assert attempt(code) == -1
    assert (
        attempt("__import__('ctypes').get_errno()") in (1, 38)
        or attempt(
            f"(lambda c: (c.syscall({number}, 0, 0, 0, 0, 0, 0), __import__('ctypes').get_errno()))(__import__('ctypes').CDLL(None, use_errno=True))"
        )[1]
        == 1
    )


def test_nothing_is_left_for_the_next_submission(box):
    """Daemons, files, closed folders, shared memory and patched modules are gone after the wipe."""
    text = textwrap.dedent(
        """
        import os, signal, time, torch
        torch.softmax = None
        room = os.environ["TMPDIR"]
        os.makedirs(room + "/deep/er"); open(room + "/deep/er/file", "w").write("x"); os.chmod(room + "/deep", 0)
        try:
            open("/dev/shm/left", "w").write("x")
        except OSError:
            pass
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except OSError:
                pass
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    time.sleep(1)
            os._exit(0)
        """
    )
    first = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
    first.begin(1)
    assert first.ask({"op": "call", "on": None, "path": "do", "args": [text], "kwargs": {}}) == "done"
    first.close()
    zygote = box.zygote_pid
    box.wipe()
    assert box.zygote_pid == zygote  # clean enough to keep
    second = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
    second.begin(1)
    run = lambda t: second.ask({"op": "call", "on": None, "path": "attempt", "args": [t], "kwargs": {}})  # noqa: E731
    mounted = {path.parts[2] for path in backends.code_paths() if path.is_relative_to("/tmp")}
    assert set(run("os.listdir(os.environ['TMPDIR'])")) <= mounted
    assert run("callable(torch.softmax)")
    if box.backend is Backend.BUBBLEWRAP:
        assert run("os.listdir('/dev/shm')") == []
        assert len(run("[n for n in os.listdir('/proc') if n.isdigit()]")) <= 4
    second.close()


def test_a_box_that_died_is_replaced(box):
    """Whatever ended the zygote, the next submission gets a working box."""
    os.kill(box.zygote_pid, 9)
    box.wipe()
    worker = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
    worker.begin(1)
    assert worker.ask({"op": "call", "on": None, "path": "attempt", "args": ["1 + 1"], "kwargs": {}}) == 2
    worker.close()


def test_a_box_that_dies_under_a_worker_is_replaced_for_the_next_one(box):
    """The test in which it died is the harness's fault; the same submission goes on in another box."""
    box.wipe()
    first, second = (
        Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3) for _ in range(2)
    )
    first.begin(1)
    os.kill(box.zygote_pid, 9)
    message = {"op": "call", "on": None, "path": "attempt", "args": ["__import__('time').sleep(9)"], "kwargs": {}}
    with pytest.raises(HarnessError, match="ended this sandbox"):
        first.ask(message)
    assert not first.alive
    second.let_go()
    third = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
    third.begin(1)
    assert third.ask({**message, "args": ["1 + 1"]}) == 2
    third.close()


def test_a_fork_leaves_what_it_started_itself(box):
    """A judge's fork closes the box that it put in place of a broken one, and never the one that it was given."""
    pid = os.fork()
    if pid == 0:
        before = box.zygote_pid
        box.leave()
        is_kept = Path(f"/proc/{before}").exists()
        box._replace()
        folder, own = box._private, box.zygote_pid
        box.leave()
        is_closed = not (folder and folder.exists()) and box._starter == os.getpid() and own != before
        os._exit(0 if is_kept and is_closed else 1)
    assert os.waitpid(pid, 0)[1] == 0
    box.wipe()


# What kernels have that are older than this one: no Landlock at all, and its versions without a scope for signals.
OLD_WALLS = [(Backend.BUBBLEWRAP, 0), (Backend.BUBBLEWRAP, 5), (Backend.LANDLOCK, 3), (Backend.LANDLOCK, 5)]
HANDS = """
import ctypes, os, resource, signal, struct

SELF = os.getpid()


def reach(pid):
    \"\"\"Try to signal a process, to lower its limits and to slow it; return what was not refused.\"\"\"
    ways = {
        "kill": lambda: os.kill(pid, 0),
        "tgkill": lambda: call(234, pid, pid, 0),
        "tkill": lambda: call(200, pid, 0),
        "queue": lambda: call(129, pid, signal.SIGCONT, ctypes.create_string_buffer(struct.pack("iii", 0, 0, -1) + bytes(116))),
        "pidfd": lambda: os.pidfd_open(pid),
        "everybody": lambda: os.kill(-1, 0),
        "owner": lambda: __import__("fcntl").fcntl(0, 8, pid),
        "limit": lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0)),
        "affinity": lambda: os.sched_setaffinity(pid, [0]),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
        "memory": lambda: open(f"/proc/{pid}/oom_score_adj", "w"),
    }
    return [name for name, way in ways.items() if works(way)]


def call(*arguments):
    if ctypes.CDLL(None).syscall(*arguments) < 0:
        raise OSError


def works(way):
    try:
        way()
        return True
    except OSError:
        return False


def honest():
    caught = []
    signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
    signal.raise_signal(signal.SIGUSR1)
    os.killpg(0, signal.SIGUSR1)
    if (child := os.fork()) == 0:
        os._exit(3)
    if os.fork() == 0:  # a daemon
        os.setsid()
        if os.fork() == 0:
            signal.pause()
        signal.pause()
    return [len(caught), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
"""


@pytest.mark.parametrize(("backend", "abi"), [wall for wall in OLD_WALLS if wall[0] in BACKENDS])
def test_on_an_older_kernel_seccomp_keeps_hands_off(backend, abi):
    """Neither the zygote nor the judge can be signalled, limited or slowed by a worker behind an older Landlock, or without any.

    Nor does the box, when it ends its workers and what they left running, reach others of the same user.
    """
    if platform.machine() != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    with Box(backend, hidden=[], disk_mib=LIMITS.disk_mib, wall=Wall(abi=abi, filtered=True)) as box:
        worker = Worker(box, {"op": "load", "name": "toy", "module": HANDS, "given": None}, task=None, limits=LIMITS, tests=3)
        worker.begin(1)
        run = lambda name, *args: worker.ask({"op": "call", "on": None, "path": name, "args": list(args), "kwargs": {}})  # noqa: E731
        assert run("honest") == [2, 3]
        own = run("reach", worker.ask({"op": "get", "on": None, "path": "SELF"}))
        assert {"kill", "tgkill", "tkill", "queue", "priority"} <= set(own)  # the ways are ways
        zygote = 2 if backend is Backend.BUBBLEWRAP else box.zygote_pid
        assert [run("reach", pid) for pid in (zygote, 1, os.getpid())] == [[], [], []]
        until_s = time.monotonic() + 10
        while len(pids := clock.tree_pids(box.zygote_pid)) < 3 and time.monotonic() < until_s:
            time.sleep(0.05)  # on a loaded machine the last of them is not there yet
        bystander = subprocess.Popen(["sleep", "60"], user=box._uid if os.geteuid() == 0 else None)
        worker.close()
        before = box.zygote_pid
        box.wipe()
        assert box.zygote_pid == before
        assert len(pids) == 3
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
        assert bystander.poll() is None
        bystander.kill()
        bystander.wait()


@pytest.mark.skipif(Backend.BUBBLEWRAP not in BACKENDS, reason="bubblewrap does not start here")
def test_without_either_wall_a_box_serves_one_submission():
    """The zygote could be touched, so nobody else meets it."""
    with Box(Backend.BUBBLEWRAP, hidden=[], disk_mib=LIMITS.disk_mib, wall=Wall(abi=0, filtered=False)) as box:
        before = box.zygote_pid
        worker = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=LIMITS, tests=3)
        worker.begin(1)
        worker.close()
        assert box.zygote_pid == before
        box.wipe()
        assert box.zygote_pid != before


@pytest.mark.skipif(os.geteuid() != 0, reason="a user of its own needs root")
def test_no_two_boxes_have_one_user():
    """Else one box's processes would count against the other's limit, and die with it; a box that is closed gives its user back."""
    with Box(BACKENDS[0], hidden=[], disk_mib=8) as one, Box(BACKENDS[0], hidden=[], disk_mib=8) as other:
        assert one._uid != other._uid
        first = one._uid
    with Box(BACKENDS[0], hidden=[], disk_mib=8) as again:
        assert again._uid == first


def test_what_it_wrote_cannot_be_run(attempt, box):
    """A program that its owner may run and not read would hide its memory from a judge of the same user."""
    if backends.confine.landlock_abi() == 0:
        pytest.skip("this kernel has no Landlock")
    attempt("import shutil; shutil.copy('/bin/true', os.environ['TMPDIR'] + '/t'); os.chmod(os.environ['TMPDIR'] + '/t', 0o111)", "do")
    with pytest.raises(Failure, match="PermissionError"):
        attempt("__import__('subprocess').run([os.environ['TMPDIR'] + '/t'])")
    assert attempt("__import__('subprocess').run(['/bin/true']).returncode") == 0


def test_a_course_inside_pythons_own_folder_is_refused():
    """What a box may read must not contain the solutions."""
    with pytest.raises(HarnessError, match="Move the course"):
        Box(BACKENDS[0], hidden=[Path(sys.prefix) / "solutions"])


def test_without_a_sandbox_nothing_is_graded(monkeypatch):
    """No back-end: the refusal gives each reason and the command that mends it."""
    monkeypatch.setattr(backends, "probe", lambda backend: backends.Unusable(backend=backend, reason="not here"))
    with pytest.raises(HarnessError) as told:
        backends.choose()
    assert "bubblewrap: not here" in str(told.value)
    assert "landlock: not here" in str(told.value)
    assert "apt-get install bubblewrap" in str(told.value)


def test_landlock_holds_for_an_unprivileged_user(tmp_path):
    """The same box under Landlock as another user, where this machine has a Python that others may run."""
    python = shutil.which("python3", path="/usr/bin")
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    if os.geteuid() != 0 or python is None or not shutil.which("setpriv"):
        pytest.skip("needs root, setpriv and a system Python")
    if (
        subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=True
        ).stdout.strip()
        != mine
    ):
        pytest.skip("the system's Python is of another version")
    if backends.confine.landlock_abi() < backends.confine.LEAST_ABI:
        pytest.skip("this kernel's Landlock is too old")
    folder = Path("/opt/grader-test-python")
    try:
        subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
        site = next(folder.glob("lib/python3*/site-packages"))
        packages = Path(pytest.__file__).resolve().parents[1]
        (site / "paths.pth").write_text(f"{packages}\n{Path(__file__).resolve().parents[2]}\n")
        user = ["setpriv", "--reuid", "1001", "--regid", "1001", "--clear-groups", "env", "HOME=/tmp"]
        probe = subprocess.run([*user, str(folder / "bin/python"), "-c", "import torch, grader.wire"], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip("another user cannot read this machine's packages")
        script = tmp_path / "box.py"
        script.write_text(_LANDLOCK_SCRIPT)
        for parent in (tmp_path, *tmp_path.parents):
            if parent == Path("/tmp"):
                break
            parent.chmod(0o755)
        done = subprocess.run([*user, str(folder / "bin/python"), str(script)], capture_output=True, text=True, check=False, timeout=120)
        assert done.stdout.split() == ["5", "refused", "refused", "refused", "refused", "refused"], done.stderr
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_LANDLOCK_SCRIPT = """
import os
from grader.limits import Limits
from grader.result import Failure
from grader.sandbox.backend import Backend, choose
from grader.sandbox.box import Box
from grader.sandbox.leash import Worker

TRY = "import os, socket, pathlib\\n\\n\\ndef attempt(text):\\n    return eval(text)\\n"
with Box(choose(Backend.LANDLOCK), hidden=[]) as box:
    worker = Worker(box, {"op": "load", "name": "toy", "module": TRY, "given": None}, task=None, limits=Limits(), tests=3)
    worker.begin(1)
    for text in ("2 + 3", "socket.socket()", "open('/etc/passwd')", f"os.kill({os.getpid()}, 0)", "open('/tmp/x', 'w')", "os.listdir('/proc')"):
        try:
            print(worker.ask({"op": "call", "on": None, "path": "attempt", "args": [text], "kwargs": {}}))
        except Failure:
            print("refused")
    worker.close()
"""
