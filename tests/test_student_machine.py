"""What a student's machine may be: Windows, where half of POSIX is absent; an old terminal; a folder with spaces; nothing of ours but the wheel."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
import pytest

from grader.course import Course
from grader.workflow.release import release

# What Windows has not. Importing it fails, as there; the attributes are gone before anything of ours is imported.
ABSENT_MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix_ipc")
BOOTSTRAP = f"""
import sys
import multiprocessing, os, random, signal, socket, subprocess, tempfile, uuid  # the standard library knows where it runs
import torch, numpy, pytest, matplotlib, rich.console, click, pydantic, sklearn  # so do libraries

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {ABSENT_MODULES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

for name in {ABSENT_MODULES!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for module, names in ((os, "fork geteuid getuid setuid setgid setsid sched_getaffinity register_at_fork pidfd_open killpg getpgid wait4 mkfifo statvfs".split()),
                      (signal, "SIGALRM SIGKILL SIGXCPU setitimer pthread_sigmask alarm".split()), (socket, ["AF_UNIX"])):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
"""


@pytest.fixture(scope="module")
def released(toy_course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the toy."""
    folder = tmp_path_factory.mktemp("releases")
    release(toy_course, ["toy"], folder)
    return folder / "toy"


@pytest.fixture
def folder(released: Path, tmp_path: Path) -> Path:
    """A student's copy whose `double` is right."""
    copied = Path(shutil.copytree(released, tmp_path / "Hausübung 1"))
    path = copied / "toy.py"
    path.write_text(
        path.read_text(encoding="utf-8").replace('raise NotImplementedError("double is yours to write")', "return factor() * x"),
        encoding="utf-8",
    )
    return copied


def run(code: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False, timeout=120)


@pytest.mark.slow
def test_nothing_that_a_student_runs_needs_posix(folder: Path) -> None:
    """In one interpreter without POSIX: the public tests under plain pytest, the figure, packing, and what `check` imports."""
    script = BOOTSTRAP + textwrap.dedent("""
        import pytest
        import grader.cli.main, grader.cli.student, grader.workflow.check, grader.workflow.pack, grader.workflow.figure
        from grader.cli.main import main
        code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "grader.plugin", "-p", "pytest_timeout", "-o", "timeout_method=thread", "-k", "TestDouble"])
        assert code == 0, code
        main(["figure", "toy", "--to", "figure.png"], standalone_mode=False)
        try:
            main(["pack"], standalone_mode=False)
        except SystemExit as end:
            assert not end.code
        print("all of it")
    """)
    done = run(script, folder, PYTHONUTF8="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")  # other plugins of this machine are not Windows'
    assert done.returncode == 0, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert b"all of it" in done.stdout
    assert (folder / "figure.png").stat().st_size > 1000
    assert (folder / "toy.zip").is_file()


@pytest.mark.slow
def test_check_needs_no_posix_in_either_process(folder: Path, tmp_path: Path) -> None:
    """Neither `grader check` nor the pytest that it starts; a wrong value, and an endless loop where no signal can stop it."""
    path = folder / "toy.py"
    text = path.read_text(encoding="utf-8").replace("return factor() * x", "return 3 * x")
    path.write_text(text.replace('raise NotImplementedError("Counter.count is yours to write")', "while True: pass"), encoding="utf-8")
    limits = (folder / "assignment.toml").read_text(encoding="utf-8").replace("disk_mib = 16", "cpu_s = 1\nwall_s = 1")
    (folder / "assignment.toml").write_text(limits, encoding="utf-8")
    # As on Windows, where the standard library ends a process without a signal.
    kill = "subprocess.Popen.kill = lambda self: self.poll() is None and os.kill(self.pid, 9)\n"
    (tmp_path / "sitecustomize.py").write_text(BOOTSTRAP + kill, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    script = "import sys; from grader.cli.main import main; sys.argv = ['grader', 'check']; main()"
    done = run(script, folder, PYTHONPATH=paths, PYTHONUTF8="1")
    told = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 1, told
    assert "It multiplies with three." in told
    assert "Your code did not come to an end in time." in told


@pytest.mark.slow
@pytest.mark.parametrize(("encoding", "cross"), [("ascii", b"x fails"), ("cp1252", b"x fails"), ("utf-8", "✗ fails".encode())])
def test_a_terminal_that_knows_few_letters_gets_others(folder: Path, encoding: str, cross: bytes) -> None:
    """A pipe on Windows knows no cross and no Chinese: the table comes all the same, without a traceback."""
    path = folder / "toy.py"
    path.write_text(path.read_text(encoding="utf-8").replace("return factor() * x", 'raise ValueError("数")'), encoding="utf-8")
    done = run("from grader.cli.main import main; main(['check'])", folder, PYTHONIOENCODING=f"{encoding}:strict")
    assert done.returncode == 1
    assert cross in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_an_old_terminal_gets_the_table(folder: Path) -> None:
    """Under a locale that knows ASCII alone nothing is lost but the drawn lines."""
    script = "import sys; from grader.cli.main import main; sys.argv = ['grader', 'check']; main()"
    done = run(script, folder, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii:strict")
    assert done.returncode == 1, done.stderr.decode(errors="replace")
    assert b"not written yet" in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_watching_checks_again_at_every_save(folder: Path) -> None:
    """A mend is seen by itself; Ctrl-C is how one leaves."""
    environment = {**os.environ, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "grader", "check", "--watch"]
    # Where the tests run in the background, their children would inherit that Ctrl-C is ignored.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with (
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=heeding
        ) as process,
        ended(process),
    ):
        told = _until(process, b"Waiting for the next save")
        assert b"not written yet" in told
        time.sleep(0.5)
        path = folder / "toy.py"
        saved = path.with_suffix(".tmp")  # as editors do: written beside it, then put in its place
        saved.write_text(
            path.read_text(encoding="utf-8").replace('raise NotImplementedError("quadruple is yours to write")', "return 5 * x"),
            encoding="utf-8",
        )
        saved.replace(path)
        told = _until(process, b"Waiting for the next save")
        assert b"quadruple.correctness  test_four" in told
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


@contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """End a process that a failed test left running: its pipe would be waited for."""
    try:
        yield
    finally:
        process.kill()


def _until(process: "subprocess.Popen[bytes]", words: bytes) -> bytes:
    told = b""
    for line in process.stdout or ():
        told += line
        if words in line:
            return told
    raise AssertionError(told.decode(errors="replace"))


@pytest.mark.slow
def test_a_release_installs_by_its_own_requirements(released: Path, tmp_path: Path) -> None:
    """In a fresh environment, from the release's folder, the wheel that `requirements.txt` names brings `grader` and the plugin."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    [packages] = (tmp_path / "venv" / "lib").glob("*/site-packages")
    (packages / "around.pth").write_text(str(Path(click.__file__).parents[1]))
    # Dependencies come from the environment around: nothing is downloaded in a test.
    lines = [line for line in (released / "requirements.txt").read_text().splitlines() if line.startswith("./")]
    (released / "ours.txt").write_text("\n".join(lines))
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", "-r", "ours.txt"]
    done = subprocess.run(install, cwd=released, capture_output=True, text=True, check=False)
    (released / "ours.txt").unlink()
    assert done.returncode == 0, done.stderr
    isolated = [python, "-I", "-c", "import grader; print(grader.__file__)"]
    told = subprocess.run(isolated, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(tmp_path / "venv") in told.stdout
    told = subprocess.run([python.with_name("grader"), "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "grader, version" in told.stdout
