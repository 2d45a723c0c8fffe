"""Turns one call of a worker into the memory that it took at most, read from outside, however soon it was given back."""

import contextlib
from collections.abc import Callable

from grader.errors import HarnessError
from grader.result import Failure, Verdict
from grader.sandbox import clock
from grader.sandbox.peak import peak_mib, reset_peak, resident_mib

ALLOWANCE_MIB = 48
"""What a worker may hold above a new one before the call: pages of libraries, a module's own data."""
OTHERS = "Your code starts other processes where the memory of one is measured: work in this one alone."


class WorkerPeak:
    """A worker, read from outside. `new_mib` is what it held before it had loaded anything.

    Memory counts wherever a call could put it: what was set aside earlier counts as used, another process is a failure (an ended one
    takes its peak with it), and meanwhile no file takes a byte, for what lies in a file system in memory is in nobody's resident set.
    """

    def __init__(self, pid: int, root: int, new_mib: float, allow_files: Callable[[bool], None]) -> None:
        self._pid, self._root, self._new_mib, self._allow_files = pid, root, new_mib, allow_files

    def begin(self) -> None:
        """Start to measure; `HarnessError` where this kernel does not let the peak be set back."""
        self._before = self._processes()
        self._allow_files(False)
        self._level_mib = min(resident_mib(self._pid), self._new_mib + ALLOWANCE_MIB)
        if not reset_peak(self._pid):
            raise HarnessError(
                "This kernel does not let the peak of a process's memory be set back (/proc/PID/clear_refs), so nobody's is."
            )

    def used_mib(self) -> float:
        """Return the most that was in use since; `Failure` if other processes had a part in it."""
        if self._processes() != self._before:
            raise Failure(Verdict.PROCESSES, OTHERS)
        return max(0.0, peak_mib(self._pid) - self._level_mib)

    def end(self) -> None:
        """Let files grow again."""
        with contextlib.suppress(HarnessError):  # a worker that has ended needs no limits
            self._allow_files(True)

    def _processes(self) -> dict[int, tuple[int, ...]]:
        found = clock.tree(self._root)
        if set(found) - {self._pid}:
            raise Failure(Verdict.PROCESSES, OTHERS)
        return found
