"""Turns a process that has loaded everything into one whose forks cost little."""

import contextlib
import ctypes
import gc
from collections.abc import Iterator
from typing import BinaryIO

_MADV_COLLAPSE = 25  # Linux 6.1 (linux/mman.h)
_HUGE_BYTES = 2 << 20


def open_map() -> BinaryIO:
    """Return the kernel's map of this process. To be opened before a wall is built that hides it."""
    return open("/proc/self/maps", "rb", buffering=0)  # noqa: PTH123 - outlives the call; runs where little is imported


def settle(memory_map: BinaryIO) -> None:
    """Prepare for many forks: no garbage left, nothing for the collector to touch, memory in huge pages.

    A fork copies one entry a page and its end undoes one entry a page: with 4 KiB pages that is most of what it costs.
    Where the kernel knows no collapsing, forks are as dear as ever.
    """
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None, use_errno=True)
    with memory_map:
        for start, end in _regions(memory_map):
            first, last = -(-start // _HUGE_BYTES) * _HUGE_BYTES, end // _HUGE_BYTES * _HUGE_BYTES
            if last > first:
                libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_COLLAPSE)


def _regions(memory_map: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield the ends of each piece of writable memory that is no file's."""
    for line in memory_map.readall().decode(errors="replace").splitlines():  # type: ignore[attr-defined]
        fields = line.split()
        if fields[1] == "rw-p" and (len(fields) == 5 or fields[5] == "[heap]"):
            with contextlib.suppress(ValueError):
                start, end = (int(part, 16) for part in fields[0].split("-"))
                yield start, end
