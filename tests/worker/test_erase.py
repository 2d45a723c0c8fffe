"""A folder is emptied whatever was made in it."""

import os
import stat

import pytest

from grader.worker import erase


def test_nothing_is_left_and_nothing_else_is_touched(tmp_path):
    """Files, folders in folders, closed ones, links, sockets' kin, odd names; what a link leads to stays, modes and all."""
    room, outside = tmp_path / "room", tmp_path / "outside"
    outside.mkdir(mode=0o500)
    (room / "a" / "b" / "c").mkdir(parents=True)
    for name in ("file", "lifted-0", "lifted-1", "-rf", "a\nb", os.fsdecode(b"\xff")):
        (room / name).write_text("x")
    (room / "a" / "b" / "file").write_text("x")
    (room / "a" / "lifted-2").mkdir()
    (room / "link").symlink_to(outside)
    (room / "a" / "link").symlink_to(outside)
    os.mkfifo(room / "a" / "fifo")
    (room / "a" / "b").chmod(0)
    (room / "a").chmod(0)
    assert erase.empty(str(room)) == []
    assert os.listdir(room) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o500


def test_depth_is_no_refuge(tmp_path):
    """Two thousand folders in folders: no path leads there, no stack and no number of open files goes down there."""
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(2000):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
    finally:
        os.chdir(here)
    assert erase.empty(str(tmp_path)) == []


def test_what_is_kept_stays(tmp_path):
    """A mount point in the folder, and what is below it; a namesake deeper down goes."""
    (tmp_path / "kept" / "inner").mkdir(parents=True)
    (tmp_path / "other" / "kept").mkdir(parents=True)
    assert erase.empty(str(tmp_path), [str(tmp_path / "kept")]) == []
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "inner"]


def test_what_cannot_be_removed_is_named(tmp_path):
    """So that the box is thrown away; the rest is removed."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a file that cannot be removed")
    (tmp_path / "stuck").write_text("x")
    (tmp_path / "loose").write_text("x")
    if os.system(f"chattr +i {tmp_path / 'stuck'} 2>/dev/null"):
        pytest.skip("this file system has no immutable files")
    try:
        assert erase.empty(str(tmp_path)) == [str(tmp_path / "stuck")]
    finally:
        os.system(f"chattr -i {tmp_path / 'stuck'}")
