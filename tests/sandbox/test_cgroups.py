"""A group of the kernel holds a box's memory and processes where one can be made, and nothing of it is left.

Version 1 is tried for real where this machine gives it. Version 2 is tried on files alone: what is written where, and what is read.
"""

import os
import time
from pathlib import Path

import pytest

from grader.sandbox import cgroups

MIB = 1 << 20


@pytest.fixture
def group():
    """A real group, where the kernel lets us make one."""
    group = cgroups.make()
    if group is None:
        pytest.skip("no control group can be made here")
    yield group
    group.close()


def run(group, act):
    """Run `act` in a child that is in the group; return how it ended."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.read(reading, 1)
            code = act()
        finally:
            os._exit(code)
    group.add(pid)
    os.write(writing, b"!")
    os.close(reading)
    os.close(writing)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def touch(mib):
    memory = bytearray(mib * MIB)
    return len(memory) != mib * MIB


def test_memory_is_held_and_the_kernel_says_so(group):
    """Below the limit nothing happens; above it the process is killed and counted."""
    group.hold(64 * MIB, 100)
    assert run(group, lambda: touch(20)) == 0
    assert group.kills() == 0
    assert run(group, lambda: touch(200)) == -9
    assert group.kills() == 1
    assert group.used_mib() < 64


def test_memory_of_children_counts(group):
    """Each holds less than the limit, together they hold more."""
    group.hold(64 * MIB, 100)

    def act():
        children = []
        for _ in range(4):
            if (child := os.fork()) == 0:
                memory = bytearray(30 * MIB)
                time.sleep(0.3)
                os._exit(len(memory) == 0)
            children.append(child)
        return sum(os.waitpid(child, 0)[1] != 0 for child in children)

    assert run(group, act) != 0
    assert group.kills() >= 1


def test_processes_are_held(group):
    """Root too, whom RLIMIT_NPROC does not bind."""
    if group._pids is None:
        pytest.skip("no group for processes can be made here")
    group.hold(64 * MIB, 5)

    def act():
        for count in range(10):
            try:
                if os.fork() == 0:
                    time.sleep(0.3)
                    os._exit(0)
            except BlockingIOError:
                return count
        return 10

    assert run(group, act) == 4
    assert group.refusals() >= 1


def test_the_limit_goes_up_and_down(group):
    """From task to task, with swap or without."""
    for mib in (64, 256, 32):
        group.hold(mib * MIB, 10)
        names = ("memory.max", "memory.limit_in_bytes")
        assert next(int((group._memory / name).read_text()) for name in names if (group._memory / name).exists()) == mib * MIB


def test_nothing_is_left(group):
    """What is still in the group when it is closed is killed; the folders are gone."""
    folders = list(group._folders())
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    group.add(pid)
    reaper = os.fork()
    if reaper == 0:  # a fork that inherits the group leaves it alone
        group.close()
        os._exit(0)
    os.waitpid(reaper, 0)
    assert all(folder.is_dir() for folder in folders)
    began_s = time.monotonic()
    group.kill()
    os.waitpid(pid, 0)
    group.close()
    assert not any(folder.exists() for folder in folders)
    assert time.monotonic() - began_s < 2


def test_groups_of_dead_judges_are_swept(group):
    """The next one that makes a group removes what a judge left that was killed; that of a living judge stays."""
    stale = group._memory.with_name("grader-1-7-0")  # process 1 did not begin at 7
    stale.mkdir()
    other = cgroups.make()
    assert not stale.exists()
    assert group._memory.is_dir()
    other.close()


def tree(root: Path, own: str, folders: dict[str, dict[str, str]]) -> Path:
    """Write the files of a kernel below `root`: our own group, and folders of sys/fs/cgroup with their files."""
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "self" / "cgroup").write_text(own)
    for name, files in folders.items():
        folder = root / "sys/fs/cgroup" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text)
    return root


def test_version_2_looks_for_a_group_that_gives_controllers_on(tmp_path):
    """Ours has processes and so gives none; the nearest above it that gives memory is the place."""
    scope = "user.slice/user@1000.service/app.slice"
    root = tree(
        tmp_path,
        f"0::/{scope}/run-1.scope\n",
        {
            ".": {"cgroup.subtree_control": "cpu memory pids\n"},
            scope: {"cgroup.subtree_control": "memory pids\n"},
            f"{scope}/run-1.scope": {"cgroup.subtree_control": "\n"},
        },
    )
    places = list(cgroups._places(root))
    assert [place.memory for place in places] == [root / "sys/fs/cgroup" / scope, root / "sys/fs/cgroup"]
    assert [(place.version, place.pids == place.memory) for place in places] == [(2, True)] * 2


def test_version_1_is_taken_where_memory_is_its_own(tmp_path):
    """Memory below our own group; processes below theirs, where there is that hierarchy."""
    root = tree(tmp_path, "8:pids:/\n4:memory:/grading\n0::/\n", {"memory/grading": {}, "pids": {}, "unified": {}})
    (place,) = cgroups._places(root)
    assert (place.version, place.memory, place.pids) == (1, root / "sys/fs/cgroup/memory/grading", root / "sys/fs/cgroup/pids")


@pytest.mark.parametrize("own", ["", "0::/\n", "0::/../../elsewhere\n", "garbage\n"])
def test_without_a_place_there_is_no_group(tmp_path, own):
    """No hierarchy, one that gives nothing on, a path that leads out of a container: the watcher holds the memory."""
    assert cgroups.make(tree(tmp_path, own, {".": {"cgroup.subtree_control": "cpu\n"}})) is None
    assert not list((tmp_path / "sys/fs/cgroup").glob("grader-*"))


def test_a_folder_that_is_no_group_is_not_taken(tmp_path):
    """A folder can be made anywhere; only the kernel puts files into it. It is removed again."""
    root = tree(tmp_path, "0::/\n", {".": {"cgroup.subtree_control": "memory pids\n"}})
    assert cgroups.make(root) is None
    assert not list((tmp_path / "sys/fs/cgroup").glob("grader-*"))


def test_version_2_writes_and_reads_the_files_of_the_kernels_documentation(tmp_path):
    """memory.max and memory.swap.max, pids.max, cgroup.procs; oom_kill of memory.events, memory.current, pids.events."""
    written = ("memory.max", "memory.swap.max", "pids.max", "cgroup.procs")
    for name in written:
        (tmp_path / name).touch()
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n")
    (tmp_path / "memory.current").write_text(f"{5 * MIB}\n")
    (tmp_path / "pids.events").write_text("max 3\n")
    group = cgroups.Group(2, tmp_path, tmp_path)
    group.add(77)
    group.hold(64 * MIB, 34)
    assert [(tmp_path / name).read_text() for name in written] == [str(64 * MIB), "0", "34", "77"]
    assert (group.kills(), group.used_mib(), group.refusals()) == (2, 5, 3)
