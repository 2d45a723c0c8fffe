"""Which back-end is chosen, what a refusal says, and what the command line of a box opens: never this course."""

import os
import platform
import sys
from pathlib import Path

import pytest

from grader.errors import HarnessError
from grader.sandbox import backend as backends
from grader.sandbox.backend import Backend, Unusable, Wall, bubblewrap_command, choose, code_paths, readable_paths

HERE = Path(__file__).resolve().parents[2]
DISK_BYTES = 8 << 20


@pytest.fixture
def asked(monkeypatch):
    """The back-ends that `choose` starts, in order; those in `broken` do not start."""
    asked, broken = [], set()

    def probe(backend):
        asked.append(backend)
        return Unusable(backend=backend, reason=f"no {backend} here") if backend in broken else None

    monkeypatch.setattr(backends, "probe", probe)
    return asked, broken


def test_bubblewrap_comes_first(asked):
    """What starts first is taken, and nothing else is started."""
    assert choose() is Backend.BUBBLEWRAP
    assert asked[0] == [Backend.BUBBLEWRAP]


def test_landlock_is_second(asked):
    """Only where bubblewrap does not start."""
    asked[1].add(Backend.BUBBLEWRAP)
    assert choose() is Backend.LANDLOCK
    assert asked[0] == [Backend.BUBBLEWRAP, Backend.LANDLOCK]


def test_a_wanted_back_end_is_never_exchanged(asked):
    """An instructor who names one gets it, or a refusal that speaks of it alone."""
    assert choose(Backend.LANDLOCK) is Backend.LANDLOCK
    asked[1].add(Backend.BUBBLEWRAP)
    with pytest.raises(HarnessError, match="bubblewrap: no bubblewrap here") as told:
        choose(Backend.BUBBLEWRAP)
    assert "no landlock" not in str(told.value)
    assert asked[0] == [Backend.LANDLOCK, Backend.BUBBLEWRAP]


def test_a_refusal_gives_every_reason_and_the_next_step(asked):
    """Student code never runs unprotected, and the instructor learns what to install."""
    asked[1].update(Backend)
    with pytest.raises(HarnessError) as told:
        choose()
    for words in ("nothing is graded", "no bubblewrap here", "no landlock here", "apt-get install bubblewrap", "sysctl -w"):
        assert words in str(told.value)


def test_without_the_program_bubblewrap_says_so(monkeypatch):
    """The reason is the missing program, not a stack trace."""
    monkeypatch.setattr(backends.shutil, "which", lambda name, path=None: None)
    assert backends.probe(Backend.BUBBLEWRAP).reason == "the program bwrap is not installed"


@pytest.mark.skipif(platform.system() != "Linux", reason="asks the kernel")
def test_an_old_kernel_is_named(monkeypatch):
    """Landlock that does not guard the length of files is refused with the version found; what came later has something in its place."""
    monkeypatch.setattr(backends.confine, "landlock_abi", lambda: 2)
    assert backends.probe(Backend.LANDLOCK).reason.startswith("the kernel has Landlock version 2; before version 3 (Linux 6.2)")
    monkeypatch.setattr(backends.confine, "landlock_abi", lambda: 0)
    assert backends.probe(Backend.LANDLOCK).reason.startswith("the kernel has no Landlock; ")


@pytest.mark.parametrize(
    ("abi", "filtered", "kept"), [(6, True, True), (6, False, True), (5, True, True), (0, True, True), (5, False, False), (0, False, False)]
)
def test_hands_are_kept_off_by_either_wall(abi, filtered, kept):
    """Landlock's signal scope, or seccomp in its place; where neither is, a box serves one submission."""
    assert Wall(abi=abi, filtered=filtered).keeps_hands_off is kept


def test_root_does_not_keep_root_for_a_private_python(monkeypatch, tmp_path):
    """A Python that other users cannot reach would need root to run: refused, with the folder to open."""
    private = tmp_path / "private"
    (private / "python").mkdir(parents=True)
    private.chmod(0o700)
    monkeypatch.setattr(backends, "code_paths", lambda: (private / "python",))
    monkeypatch.setattr(backends.confine, "landlock_abi", lambda: 7)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    reason = backends.probe(Backend.LANDLOCK).reason
    assert f"{private} is closed to other users" in reason
    assert f"chmod o+x {private}" in reason


def mounts(command):
    """Return what a bubblewrap command mounts from outside: option, path outside, path inside."""
    return [(word, Path(command[i + 1]), command[i + 2]) for i, word in enumerate(command) if "bind" in word and word.startswith("--")]


@pytest.fixture
def command():
    """The command of a box with one module bound."""
    return bubblewrap_command(disk_bytes=DISK_BYTES, binds={HERE / "grader" / "wire.py": "/code/grader/wire.py"})


def test_a_box_has_namespaces_of_its_own(command):
    """No network, no process, no shared memory and no terminal of the host; it dies with the judge."""
    for option in ("--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session"):
        assert option in command
    assert "--share-net" not in command


def test_the_environment_is_a_list_of_ours(command):
    """Nothing of the instructor's environment: tokens live there. One thread each, for forks must not hang."""
    assert "--clearenv" in command
    first_set = command.index("--setenv")
    assert command.index("--clearenv") < first_set
    names = [command[i + 1] for i, word in enumerate(command) if word == "--setenv"]
    assert set(names) == {
        "PATH", "LANG", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_",
    }  # fmt: skip
    assert command[command.index("OMP_NUM_THREADS") + 1] == "1"


def test_everything_from_outside_is_read_only(command):
    """No writable bind and no device; the root and the devices are read-only too."""
    assert {option for option, _, _ in mounts(command)} == {"--ro-bind", "--ro-bind-try"}
    assert [command[i + 1] for i, word in enumerate(command) if word == "--remount-ro"] == ["/dev", "/proc", "/"]


def test_the_course_is_never_bound(command):
    """No mount is this repository, lies above it, or is a home folder; of the package goes in what was asked for alone."""
    sources = {outside.resolve() for _, outside, _ in mounts(command)}
    assert not [source for source in sources if HERE.is_relative_to(source) or Path.home() == source]
    assert [source for source in sources if source.is_relative_to(HERE / "grader")] == [HERE / "grader" / "wire.py"]
    assert not {Path(path) for path in ("/", "/home", "/root", "/etc", "/var", "/tmp", "/run", "/opt", "/mnt")} & sources


def test_rooms_to_write_in_are_small(command):
    """Exactly two, in memory, each with the size of the disk limit."""
    rooms = [i for i, word in enumerate(command) if word == "--tmpfs"]
    assert {command[i + 1] for i in rooms} == {"/tmp", "/dev/shm"}
    assert all(command[i - 2 : i] == ["--size", str(DISK_BYTES)] for i in rooms)


def test_binds_come_after_the_rooms_that_would_hide_them(command):
    """A Python below /tmp is mounted on the room, not under it; the root is closed last."""
    last_room = max(i for i, word in enumerate(command) if word == "--tmpfs")
    code = {str(path) for path in code_paths()}
    assert code
    assert all(i > last_room for i, word in enumerate(command) if word == "--ro-bind" and command[i + 1] in code)
    assert command[-5:] == ["--remount-ro", "/", "--chdir", "/tmp", "--"]


@pytest.mark.parametrize(("uid", "present", "absent"), [(0, "--cap-drop", "--unshare-user"), (1000, "--unshare-user", "--cap-add")])
def test_root_keeps_what_giving_root_up_takes_and_nothing_else(monkeypatch, uid, present, absent):
    """As root every capability but two is dropped; anybody else makes a user namespace."""
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    command = bubblewrap_command(disk_bytes=DISK_BYTES, binds={})
    assert present in command
    assert absent not in command
    added = [command[i + 1] for i, word in enumerate(command) if word == "--cap-add"]
    assert added == (["CAP_SETUID", "CAP_SETGID"] if uid == 0 else [])
    if uid == 0:
        assert command[command.index("--cap-drop") + 1] == "ALL"


def test_python_and_torch_can_be_read():
    """What student code imports lies below what a box may read."""
    readable = [Path(path).resolve() for path in readable_paths()]
    for needed in (sys.prefix, sys.base_prefix, pytest.importorskip("torch").__file__, os.__file__):
        assert any(Path(needed).resolve().is_relative_to(path) for path in readable), needed


def test_nothing_of_the_course_can_be_read():
    """Neither the repository nor this package is among what a box may read."""
    for path in map(Path, readable_paths()):
        assert not HERE.is_relative_to(path.resolve())
        assert not (HERE / "solutions").is_relative_to(path.resolve())
