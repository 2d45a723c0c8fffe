"""Turns an accelerator into a lock that one grader at a time holds, whoever runs it on this machine."""

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import HarnessError
from grader.sandbox.devices import Accelerator

FOLDER = Path("/tmp")
POLL_S = 0.5


@contextmanager
def held(device: Accelerator | None, waiting: Callable[[str], None] | None = None, folder: Path = FOLDER) -> Iterator[None]:
    """Hold the device; another holder is waited for, which `waiting` is told once. The kernel frees the lock of a process that ends."""
    if device is None:
        yield
        return
    path = folder / f"grader-{re.sub(r'[^A-Za-z0-9-]', '_', f'{device.name}-{device.slot}')}.lock"
    handle = _open(path)
    try:
        if not _taken(handle) and waiting is not None:
            waiting(f"Another grader holds {device.name} {device.slot} ({path}); waiting for it.")
        while not _taken(handle):
            time.sleep(POLL_S)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _open(path: Path) -> int:
    """Open the file, or make it. Nothing is ever written into it, no link is followed, and whoever may read it may lock it."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    for _ in range(3):
        with suppress(FileNotFoundError):
            return _checked(path, _opened(path, flags))
        with suppress(FileExistsError):
            handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o644)
            os.fchmod(handle, 0o644)  # whatever the umask: another user must be able to wait for us
            return handle
    raise HarnessError(f"{path} comes and goes; it cannot be locked. Remove it and grade again.")


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise HarnessError(f"{path} cannot be locked: {error.strerror}. Remove it and grade again.") from error


def _checked(path: Path, handle: int) -> int:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise HarnessError(f"{path} is no plain file and cannot be locked. Remove it and grade again.")
    return handle
