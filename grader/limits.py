"""Turns the `[limits]` of a course, a topic and a task into what one test may use."""

from dataclasses import dataclass, fields

from pydantic import with_config

from grader.tables import STRICT

LEAST_MEMORY_MIB = 768
"""`import torch` alone takes about 400 MiB; below this a correct submission dies by chance."""


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one test may use. `wall_s` is generous on purpose: the CPU limit is the fair one."""

    cpu_s: float = 5.0
    wall_s: float = 20.0
    memory_mib: int = 1024
    output_mib: int = 8
    processes: int = 32
    disk_mib: int = 64

    def faults(self) -> list[str]:
        """Return what is impossible about these limits, one sentence each."""
        found = [f"{name}: found {value:g}, expected more than 0" for name, value in self._values() if value <= 0]
        if 0 < self.memory_mib < LEAST_MEMORY_MIB:
            found.append(f"memory_mib: found {self.memory_mib}, expected at least {LEAST_MEMORY_MIB}")
        if 0 < self.wall_s < self.cpu_s:
            found.append(f"wall_s: found {self.wall_s:g}, expected at least cpu_s, which is {self.cpu_s:g}")
        return found

    def _values(self) -> list[tuple[str, float]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


DEFAULT_LIMITS = Limits()
"""What holds where no file says otherwise."""
