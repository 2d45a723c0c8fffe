"""Turns two files' locks into turns: judges that work side by side, or one alone while the others wait.

A judge that dies lets go of its turn: the kernel keeps these locks.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_AGAIN_S = 0.05
SAY_AGAIN_S = 30.0


class Turns:
    """One judge's share in the turns of all judges that name the same folder. A fork has the share of its parent."""

    def __init__(self, folder: Path) -> None:
        self._room = os.open(folder / "room", os.O_RDWR | os.O_CREAT, 0o600)
        self._door = os.open(folder / "door", os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def side_by_side(self) -> Iterator[None]:
        """Work beside others; wait while one of them is alone, or waits for it."""
        with _held(self._door, fcntl.LOCK_EX):
            fcntl.flock(self._room, fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)
            fcntl.flock(self._door, fcntl.LOCK_UN)  # a fork that was killed while it was alone left it closed

    @contextmanager
    def alone(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Inside `side_by_side`, go on when no other works; say `waiting` from time to time until then.

        The share is given up first: two that both want to be alone would wait for each other.
        """
        fcntl.flock(self._room, fcntl.LOCK_UN)
        with _held(self._door, fcntl.LOCK_EX, waiting):
            _lock(self._room, fcntl.LOCK_EX, waiting)
            try:
                yield
            finally:
                fcntl.flock(self._room, fcntl.LOCK_SH)


@contextmanager
def _held(handle: int, kind: int, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    if waiting is None:
        fcntl.flock(handle, kind)
    else:
        _lock(handle, kind, waiting)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _lock(handle: int, kind: int, waiting: Callable[[], None]) -> None:
    said_s = time.monotonic()
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_AGAIN_S)
        else:
            return
        if time.monotonic() - said_s > SAY_AGAIN_S:
            waiting()
            said_s = time.monotonic()
