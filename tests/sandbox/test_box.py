"""A real box of every back-end that starts here: what a worker cannot reach, and what is left of it afterwards."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from grader.errors import HarnessError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox import backend as backends
from grader.sandbox.backend import Backend, probe
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
    import platform

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
    if backends.confine.landlock_abi() < backends.confine.SIGNAL_SCOPE_ABI:
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
