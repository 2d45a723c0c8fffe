"""Turns the folders that a worker may write to into what they hold: bytes and files, counted from outside."""

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

MOST_FILES = 10_000
"""A test may make as many files and folders. An empty one fills no disk and takes a kilobyte of the kernel's memory."""
MOST_DEPTH = 64
_BLOCK_BYTES = 512


def mounted(path: str) -> tuple[int, int]:
    """Return the bytes and the files of a file system that is a room of its own; nothing where it cannot be seen."""
    try:
        counted = os.statvfs(path)
    except OSError:
        return 0, 0
    return (counted.f_blocks - counted.f_bfree) * counted.f_frsize, max(0, counted.f_files - counted.f_ffree - 1)


def usage(folder: Path, pids: Iterable[int] = ()) -> tuple[int, int]:
    """Return the bytes on disk and the files below `folder`, whatever their modes, and what `pids` hold open of those removed from it.

    Counting ends above `MOST_FILES`. A link is never followed: whoever writes there could lay it while we look.
    Folders deeper than `MOST_DEPTH` count as too many files.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return 0, 0
    removed = _removed(os.fstat(handle).st_dev, pids)
    size, files = _usage(handle, 0)
    return size + sum(removed.values()), files + len(removed)


def _removed(device: int, pids: Iterable[int]) -> dict[int, int]:
    """Return the bytes of each file without a name that a process holds open."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208
                with contextlib.suppress(OSError):
                    status = os.stat(f"/proc/{pid}/fd/{fd}")  # noqa: PTH116
                    if status.st_dev == device and status.st_nlink == 0 and stat.S_ISREG(status.st_mode):
                        found[status.st_ino] = status.st_blocks * _BLOCK_BYTES
    return found


def _usage(handle: int, depth: int) -> tuple[int, int]:
    """Count below an open folder, and close it."""
    size, files = 0, 0
    try:
        with os.scandir(handle) as entries:
            for entry in entries:
                try:
                    size += entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
                    inner = _inside(handle, entry.name) if entry.is_dir(follow_symlinks=False) else None
                except OSError:  # it has gone meanwhile
                    continue
                files += 1
                if inner is not None and depth == MOST_DEPTH:
                    os.close(inner)
                    files = MOST_FILES + 1
                elif inner is not None:
                    below = _usage(inner, depth + 1)
                    size, files = size + below[0], files + below[1]
                if files > MOST_FILES:
                    break
    finally:
        os.close(handle)
    return size, files


def _inside(handle: int, name: str) -> int:
    """Open a folder in a folder, also one that its owner has closed."""
    flags = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, os.O_RDONLY | flags, dir_fd=handle)
    except PermissionError:
        held = os.open(name, os.O_PATH | flags, dir_fd=handle)
        try:
            os.chmod(f"/proc/self/fd/{held}", 0o700)  # noqa: PTH101 - of the folder that is open, whatever its name leads to now
        finally:
            os.close(held)
        return os.open(name, os.O_RDONLY | flags, dir_fd=handle)
