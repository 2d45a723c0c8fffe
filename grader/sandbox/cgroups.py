"""Turns a writable control group of the kernel, version 1 or 2, into a group that holds the memory and the processes of one box.

Version 2 as in the kernel's Documentation/admin-guide/cgroup-v2.rst. Whether a group can be had is found out by making one.
"""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
PREFIX = "grader"
_CLOSING_S = 2.0  # how long the kernel may take to bury what was killed
_MIB = 1 << 20
_serial = itertools.count()


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where groups can be made: the folder for memory and, where there is one, for processes; one and the same in version 2."""

    version: int
    memory: Path
    pids: Path | None


class Group:
    """The group of one box. Whoever made it closes it; a fork that inherits it may use it."""

    def __init__(self, version: int, memory: Path, pids: Path | None) -> None:
        self.version = version
        self._memory, self._pids = memory, pids
        self._owner = os.getpid()
        self._held: tuple[int, int] | None = None
        self._events = memory / ("memory.events" if version == 2 else "memory.oom_control")

    def add(self, pid: int) -> None:
        """Move a process in; what it forks from now on is born in it. `OSError` if it may not be moved."""
        for folder in self._folders():
            _write(folder / "cgroup.procs", pid)

    def hold(self, memory_bytes: int, processes: int) -> None:
        """Limit memory, swap included, and processes with threads. `OSError` if more is in use already."""
        if self._held == (memory_bytes, processes):
            return
        if self.version == 2:
            _write(self._memory / "memory.max", memory_bytes)
            with contextlib.suppress(OSError):  # a kernel without swap accounting has no such file
                _write(self._memory / "memory.swap.max", 0)
        else:
            self._hold_with_swap(memory_bytes)
        if self._pids is not None:
            _write(self._pids / "pids.max", processes)
        self._held = memory_bytes, processes

    def _hold_with_swap(self, memory_bytes: int) -> None:
        """Set both limits of version 1 in the order that keeps their sum at least the memory's: the kernel refuses the other."""
        both, memory = self._memory / "memory.memsw.limit_in_bytes", self._memory / "memory.limit_in_bytes"
        if both.exists() and _number(both) < memory_bytes:
            _write(both, memory_bytes)
        _write(memory, memory_bytes)
        if both.exists():
            _write(both, memory_bytes)

    def kills(self) -> int:
        """Return how many of its processes the kernel has killed because the memory was used up."""
        with contextlib.suppress(OSError, ValueError), open(self._events, encoding="ascii") as lines:  # noqa: PTH123 - at every answer
            return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
        return 0

    def used_mib(self) -> float:
        """Return the memory in use, with files in memory and what the kernel holds for it."""
        return _number(self._memory / ("memory.current" if self.version == 2 else "memory.usage_in_bytes")) / _MIB

    def refusals(self) -> int:
        """Return how many forks the kernel refused for want of a process number."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            if self._pids is not None:
                return int((self._pids / "pids.events").read_text(encoding="ascii").split()[1])
        return 0

    def kill(self) -> None:
        """Kill every process in it."""
        with contextlib.suppress(OSError, ValueError):
            for pid in map(int, (self._memory / "cgroup.procs").read_text(encoding="ascii").split()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left in it and remove it. A fork of its maker leaves it alone."""
        if os.getpid() != self._owner:
            return
        until_s = time.monotonic() + _CLOSING_S
        while {_removed(folder) for folder in self._folders()} != {True} and time.monotonic() < until_s:
            self.kill()
            time.sleep(0.01)

    def _folders(self) -> Iterator[Path]:
        yield self._memory
        if self._pids is not None and self._pids != self._memory:
            yield self._pids


def make(root: Path = ROOT) -> Group | None:
    """Make a group in the first place that allows it; None where none does. Groups of judges that are dead are removed."""
    for place in _places(root):
        _sweep(place)
        group = _made(place)
        if group is not None:
            return group
    return None


def _made(place: _Place) -> Group | None:
    name = f"{PREFIX}-{os.getpid()}-{_born(os.getpid())}-{next(_serial)}"
    memory = place.memory / name
    pids = place.pids / name if place.pids else None
    try:
        memory.mkdir()
    except OSError:
        return None
    if pids is not None and pids != memory:
        try:
            pids.mkdir()
        except OSError:
            pids = None
    group = Group(place.version, memory, pids)
    if not (memory / ("memory.max" if place.version == 2 else "memory.limit_in_bytes")).exists():
        group.close()
        return None
    return group


def _places(root: Path) -> Iterator[_Place]:
    """Yield where a group could be made, nearest first: below our own group, else beside it."""
    lines = [line.split(":", 2) for line in _text(root / "proc/self/cgroup").splitlines() if line.count(":") >= 2]
    own = {name: path for _, names, path in lines for name in names.split(",")}
    top = root / "sys/fs/cgroup"
    if "memory" in own:
        pids = next(_above(top / "pids", own["pids"]), None) if "pids" in own else None
        for folder in _above(top / "memory", own["memory"]):
            yield _Place(version=1, memory=folder, pids=pids)
            return
    for folder in _above(top, own.get("", "")):
        # No processes of its own may be in a group of version 2 that gives controllers on: ours has us, one above it may do.
        given = _text(folder / "cgroup.subtree_control").split()
        if "memory" in given:
            yield _Place(version=2, memory=folder, pids=folder if "pids" in given else None)


def _above(top: Path, path: str) -> Iterator[Path]:
    """Yield the folders of a group from its own up to `top`; in a container the path may lead nowhere."""
    own = top if ".." in path else top / path.strip("/")
    for folder in (own, *own.parents):
        if folder.is_relative_to(top) and folder.is_dir():
            yield folder


def _sweep(place: _Place) -> None:
    """Remove the groups of judges that have ended. One with processes in it stays: the kernel does not remove it."""
    for folder in {place.memory, place.pids} - {None}:
        with contextlib.suppress(OSError):
            for group in folder.glob(f"{PREFIX}-*-*-*"):  # type: ignore[union-attr]
                _, pid, born, _ = group.name.split("-")
                if not pid.isdigit() or str(_born(int(pid))) != born:
                    _removed(group)


def _born(pid: int) -> int:
    """Return when a process began, in ticks since the machine did; -1 if there is none. Numbers come again, this does not."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()[19])
    return -1


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _write(path: Path, value: int) -> None:
    """Write a number where the kernel reads one. Not a file: nothing is kept of it, and it must not be replaced by another."""
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, str(value).encode())
    finally:
        os.close(handle)
