"""The worker's loop answers over a real socket; killing and wiping leave nothing. What they do in a box is proved in tests/sandbox."""

import os
import signal
import socket
import stat
import threading
import time

import pytest

from grader import wire
from grader.worker import zygote


def test_serve_answers_until_the_line_closes():
    """One answer for each question, in their order; the end of the line ends the loop."""
    ours, theirs = socket.socketpair()
    loop = threading.Thread(target=zygote.serve, args=(theirs,))
    loop.start()
    wire.send(ours, wire.pack({"nonce": 1, "op": "load", "name": "toy", "module": "def f(x):\n    return x + 1\n", "given": None}))
    wire.receive(ours)
    for n in range(5):
        wire.send(ours, wire.pack({"nonce": n, "op": "call", "on": None, "path": "f", "args": [n], "kwargs": {}}))
        assert wire.unpack(*wire.receive(ours)) == {"nonce": n, "value": n + 1}
    ours.close()
    loop.join(timeout=10)
    assert not loop.is_alive()


def test_wipe_empties_folders_whatever_their_modes(tmp_path):
    """A folder of mode 000, a link to the outside and nested files go; what lies outside stays, and mount points stay."""
    room, outside, mounted = tmp_path / "room", tmp_path / "outside", tmp_path / "room" / "mounted"
    for folder in (room, outside, mounted):
        folder.mkdir()
    (outside / "kept").write_text("kept")
    (room / "link").symlink_to(outside)
    (room / "deep" / "er").mkdir(parents=True)
    (room / "deep" / "er" / "file").write_text("x")
    (room / "deep").chmod(0)
    (mounted / "venv").write_text("kept")
    assert zygote._wipe([str(room)], [str(mounted)]) == []
    assert [entry.name for entry in room.iterdir()] == ["mounted"]
    assert (outside / "kept").read_text() == "kept"
    assert (mounted / "venv").read_text() == "kept"


def test_wipe_empties_what_is_too_deep_for_any_path(tmp_path):
    """Three thousand folders in one another, some of mode 000, are removed without recursion."""
    home = os.getcwd()
    os.chdir(tmp_path)
    try:
        for number in range(3000):
            os.mkdir("d")
            os.chdir("d")
            if number % 1000 == 999:
                os.chmod(".", 0)
    finally:
        os.chdir(home)
    assert zygote._wipe([str(tmp_path)], []) == []
    assert list(tmp_path.iterdir()) == []


def test_wipe_leaves_mount_points_and_empties_the_way_to_them(tmp_path):
    """What lies beside a mount point goes, at every depth; a mount point that was moved away is told."""
    mounted = tmp_path / "way" / "to" / "venv"
    mounted.mkdir(parents=True)
    (mounted / "kept").write_text("kept")
    for place in (tmp_path, tmp_path / "way", tmp_path / "way" / "to"):
        (place / "left").write_text("x")
    assert zygote._wipe([str(tmp_path)], [str(mounted)]) == []
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["way", "way/to", "way/to/venv", "way/to/venv/kept"]
    (tmp_path / "way").rename(tmp_path / "elsewhere")
    assert zygote._wipe([str(tmp_path)], [str(mounted)]) == [str(mounted)]


def test_folders_get_their_modes_and_times_back(tmp_path):
    """A worker that owns its folder could close it, or write bytes into its times."""
    tmp_path.chmod(0)
    zygote._restore({str(tmp_path): 0o700})
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    os.utime(tmp_path, ns=(1, 1))
    zygote._wipe([str(tmp_path)], [])
    assert 1 not in (tmp_path.stat().st_atime_ns, tmp_path.stat().st_mtime_ns)


def test_wipe_tells_what_it_cannot_remove(tmp_path):
    """What is left makes the judge throw the box away, so it must be named."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a file that cannot be removed")
    stuck = tmp_path / "stuck"
    stuck.write_text("x")
    if os.system(f"chattr +i {stuck} 2>/dev/null"):
        pytest.skip("this file system has no immutable files")
    try:
        assert zygote._wipe([str(tmp_path)], []) == [str(stuck)]
    finally:
        os.system(f"chattr -i {stuck}")


def test_kill_all_reaps_orphans_and_tells_how_each_child_ended():
    """In a process of its own namespace-free kind: kill(-1) is replaced by the group, the reaping is the real one."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        from grader.worker import confine

        confine.reap_orphans()
        child = os.fork()
        if child == 0:
            if os.fork() == 0:
                time.sleep(0.2)
                os._exit(3)
            os._exit(7)
        os.kill = lambda target, number: None  # nobody outside this test may be killed
        ended = zygote._kill_all()
        os.write(writing, f"{sorted(ended.values())} {child in ended}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 100) == b"[3, 7] True"
    assert signal.SIGKILL  # the real signal is sent in tests/sandbox/test_box.py
