"""Turns what a folder holds into nothing, however deep, closed or oddly named it is. Nobody may write there meanwhile."""

import contextlib
import itertools
import os
import stat
from collections.abc import Collection, Iterator

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def empty(folder: str, keep: Collection[str] = ()) -> list[str]:
    """Remove everything in `folder` but the paths in `keep`; return the paths that could not be removed.

    Folders are lifted to the top one by one: to walk down to the deepest would take more names, files or stack than there may be.
    """
    top = os.open(folder, _OPEN)
    try:
        kept = {os.path.basename(path) for path in keep if os.path.dirname(path) == folder}  # noqa: PTH119, PTH120
        fresh = (f"lifted-{number}" for number in itertools.count())
        before: list[str] | None = None
        while (names := sorted(set(os.listdir(top)) - kept)) and names != before:  # noqa: PTH208
            for name in names:
                with contextlib.suppress(OSError):
                    _remove(top, name, fresh)
            before = names
        return [os.path.join(folder, name) for name in names]  # noqa: PTH118
    finally:
        os.close(top)


def _remove(top: int, name: str, fresh: Iterator[str]) -> None:
    """Remove a file, or a folder whose own folders move up to the top."""
    if not _is_folder(top, name):
        os.unlink(name, dir_fd=top)
        return
    os.chmod(name, stat.S_IRWXU, dir_fd=top)  # a folder of mode 000 would survive: nobody here overrides modes
    inside = os.open(name, _OPEN, dir_fd=top)
    try:
        for inner in os.listdir(inside):  # noqa: PTH208
            if _is_folder(inside, inner):
                os.chmod(inner, stat.S_IRWXU, dir_fd=inside)
                _lift(inside, inner, top, fresh)
            else:
                os.unlink(inner, dir_fd=inside)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=top)


def _lift(inside: int, name: str, top: int, fresh: Iterator[str]) -> None:
    for free in fresh:
        with contextlib.suppress(FileExistsError):
            os.mkdir(free, dir_fd=top)  # reserves the name: a folder moves onto an empty one
            os.rename(name, free, src_dir_fd=inside, dst_dir_fd=top)
            return


def _is_folder(handle: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)
