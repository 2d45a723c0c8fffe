"""What a room holds is counted from outside: by size on disk, by number, whatever hides it."""

import os
import stat

import pytest

from grader.sandbox import rooms

KIB = 1 << 10


@pytest.fixture
def room(tmp_path):
    """A room with two files of 100 KiB, one of them two folders down."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    for place in (tmp_path, tmp_path / "a" / "b"):
        (place / "file").write_bytes(os.urandom(100 * KIB))
    return tmp_path


def test_bytes_and_files_are_counted(room):
    """Two files and two folders; a hole in a file takes no room."""
    with open(room / "sparse", "wb") as file:
        file.truncate(1 << 30)
    size, files = rooms.usage(room)
    assert 200 * KIB <= size < 260 * KIB
    assert files == 5


def test_a_closed_folder_hides_nothing(room):
    """Its owner has closed it: it is opened again."""
    (room / "a").chmod(0)
    assert rooms.usage(room)[0] >= 200 * KIB


def test_links_are_not_followed(room, tmp_path_factory):
    """Neither what they lead to is counted nor the modes of it changed; a room that is a link is none."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "big").write_bytes(bytes(500 * KIB))
    outside.chmod(0o500)
    (room / "link").symlink_to(outside)
    assert rooms.usage(room)[0] < 260 * KIB
    assert stat.S_IMODE(outside.stat().st_mode) == 0o500
    assert rooms.usage(room / "link") == (0, 0)


def test_counting_ends_above_the_limit(tmp_path, monkeypatch):
    """Nobody waits for the judge to count what is too much already."""
    monkeypatch.setattr(rooms, "MOST_FILES", 20)
    for number in range(50):
        (tmp_path / str(number)).touch()
    assert rooms.usage(tmp_path)[1] == 21


def test_a_maze_is_too_many_files(tmp_path):
    """Folders in folders, deeper than a path can say: too much by itself, and no error."""
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(2 * rooms.MOST_DEPTH):
            os.mkdir("d" * 40)
            os.chdir("d" * 40)
    finally:
        os.chdir(here)
    assert rooms.usage(tmp_path)[1] > rooms.MOST_FILES


def test_a_file_that_was_removed_and_is_open_counts(room):
    """Removed from the room it still takes the disk, once however often it is open."""
    handles = [os.open(room / "file", os.O_RDONLY) for _ in range(2)]
    before = rooms.usage(room, [os.getpid()])
    (room / "file").unlink()
    after, unseen = rooms.usage(room, [os.getpid()]), rooms.usage(room)
    for handle in handles:
        os.close(handle)
    assert after == before
    assert unseen[0] <= after[0] - 100 * KIB
    assert rooms.usage(room, [os.getpid()])[0] == unseen[0]


def test_what_is_not_there_holds_nothing(tmp_path):
    """A room that was removed, a worker that has ended."""
    assert rooms.usage(tmp_path / "gone", [2**30]) == (0, 0)
    assert rooms.mounted(str(tmp_path / "gone")) == (0, 0)


def test_a_mounted_room_is_counted_by_its_file_system():
    """As `df` does: no file need be looked at."""
    size, files = rooms.mounted("/dev/shm")
    assert size >= 0
    assert files >= 0
