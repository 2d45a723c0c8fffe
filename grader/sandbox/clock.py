"""Turns a process tree into the CPU time and memory it used, read from outside, where student code cannot lie."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_STANDING = (b"T", b"t", b"Z", b"X")
STOP_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class _Stat:
    pid: int
    state: bytes
    reaped_s: float
    reaped: tuple[int, ...]


def process_cpu_s(pid: int) -> float:
    """Return the CPU seconds of one process, all its threads, to the nanosecond; 0 if it has gone."""
    with contextlib.suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)
    return 0.0


def tree_cpu_s(root: int) -> float:
    """Return the CPU seconds of everything below `root`, reaped children included; `root` itself does not count."""
    return sum(process_cpu_s(stat.pid) + stat.reaped_s for stat in _below(root))


def tree_memory_mib(root: int) -> float:
    """Return the memory of everything below `root` in MiB: proportional, so that shared pages count once."""
    return sum(_proportional_kib(stat.pid) for stat in _below(root)) / 1024


def peak_memory_mib(pid: int) -> float:
    """Return the largest resident size that a process had, in MiB; 0 if it has gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_read(f"/proc/{pid}/status").split(b"VmHWM:")[1].split()[0]) / 1024
    return 0.0


def peak_addresses_mib(pid: int) -> float:
    """Return the largest address space that a process had, in MiB, which is what `RLIMIT_AS` counts; 0 if it has gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_read(f"/proc/{pid}/status").split(b"VmPeak:")[1].split()[0]) / 1024
    return 0.0


def tree_pids(root: int) -> list[int]:
    """Return the numbers of everything below `root`."""
    return [stat.pid for stat in _below(root)]


def tree_tasks(root: int) -> int:
    """Return how many processes and further threads run below `root`."""
    count = 0
    for pid in tree_pids(root):
        with contextlib.suppress(OSError):
            count += thread_count(pid)
    return count


def machine_kills() -> int:
    """Return how many processes the kernel has ended since it runs because a group or the machine had no memory left."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_read("/proc/vmstat").split(b"\noom_kill ")[1].split()[0])
    return 0


def tree(root: int) -> dict[int, tuple[int, ...]]:
    """Return the processes below `root`, each with what grows whenever it has waited for a child that ended."""
    return {stat.pid: stat.reaped for stat in _below(root)}


def thread_count(pid: int) -> int:
    """Return how many threads a process runs. `OSError` if it has gone."""
    return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208


def signal_tree(root: int, number: signal.Signals) -> None:
    """Send a signal to everything below `root`, not to `root`."""
    for stat in _below(root):
        with contextlib.suppress(ProcessLookupError):
            os.kill(stat.pid, number)


def stop_tree(root: int) -> None:
    """Return once everything below `root` stands still, what it starts meanwhile included."""
    until_s = time.monotonic() + STOP_TIMEOUT_S
    while running := [stat for stat in _below(root) if stat.state not in _STANDING]:
        for stat in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(stat.pid, signal.SIGSTOP)
        if time.monotonic() > until_s:
            return
        time.sleep(0.0001)


def _below(root: int) -> list[_Stat]:
    found: list[_Stat] = []
    frontier = [root]
    while frontier:
        stats = [stat for stat in map(_stat, _children(frontier.pop())) if stat is not None]
        found += stats
        frontier += [stat.pid for stat in stats]
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - read many times a second
            children += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return children


def _stat(pid: int) -> _Stat | None:
    try:
        fields = _read(f"/proc/{pid}/stat").rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return None
    faults, major_faults, user, system = reaped = tuple(int(fields[i]) for i in (8, 10, 13, 14))
    # The kernel cuts both to whole ticks: without rounding up, each new parent of a short-lived child could hide two of them.
    rounding = 2 if faults + major_faults + user + system else 0
    return _Stat(pid, fields[0], (user + system + rounding) / _TICKS_PER_S, reaped)


def _proportional_kib(pid: int) -> int:
    try:
        return int(_read(f"/proc/{pid}/smaps_rollup").split(b"\nPss:")[1].split()[0])
    except PermissionError:
        return _resident_kib(pid)
    except (OSError, ValueError, IndexError):
        return 0


def _resident_kib(pid: int) -> int:
    """Return what a process holds in memory, shared pages in full: of one that keeps others from looking into it, all that can be told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = _read(f"/proc/{pid}/status")
        return sum(int(status.split(b"\n%b:" % name)[1].split()[0]) for name in (b"RssAnon", b"RssShmem"))
    return 0


def _read(path: str) -> bytes:
    """Return a file of /proc. Read many times a second, without the layers of Python's files."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(handle, 1 << 16), b""))
    finally:
        os.close(handle)
