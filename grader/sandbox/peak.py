"""Turns a process into the memory that it holds and held at most, as Linux tells it; elsewhere into nothing."""

import contextlib
from pathlib import Path
from typing import Protocol

_RESET_PEAK = "5"  # proc(5): the peak of the resident set becomes what is resident now


class Peak(Protocol):
    """The memory of one call: `begin`, call, `used_mib`, and `end` in any case."""

    def begin(self) -> None:
        """Start to measure."""
        ...

    def used_mib(self) -> float | None:
        """Return the most that was in use since, above the level before; None where the system does not tell."""
        ...

    def end(self) -> None:
        """Stop measuring."""
        ...


class OwnPeak:
    """The process that asks, on Linux; elsewhere nothing is measured."""

    def begin(self) -> None:
        """Start to measure, if this system can."""
        self._level_mib = resident_mib("self") if reset_peak("self") else None

    def used_mib(self) -> float | None:
        """Return the most that was in use since; None where the system does not tell."""
        return None if self._level_mib is None else max(0.0, peak_mib("self") - self._level_mib)

    def end(self) -> None:
        """Do nothing: nothing was changed."""


def reset_peak(pid: int | str) -> bool:
    """Let the peak of a process's memory be what it holds now; return whether that worked."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def resident_mib(pid: int | str) -> float:
    """Return what a process holds now, in MiB; 0 where that is not told."""
    return _status_mib(pid, "VmRSS:")


def peak_mib(pid: int | str) -> float:
    """Return the largest resident size that a process had, in MiB; 0 where that is not told."""
    return _status_mib(pid, "VmHWM:")


def _status_mib(pid: int | str, field: str) -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        return int(status.split(field)[1].split()[0]) / 1024
    return 0.0
