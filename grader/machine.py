"""Turns this machine into facts: its Python and packages, its devices, the sandboxes that start, its speed and its clock.

Nothing is judged here, nothing fails where a fact cannot be had, and nothing is imported that one system alone has.
"""

import importlib.metadata
import os
import platform
import sys
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.errors import HarnessError
from grader.limits import DEFAULT_LIMITS

REFERENCE_S = 0.11
"""CPU seconds of `_work` on the machine that the limits were set on: the least of 40 runs on one core of an AMD EPYC, torch 2.13."""
RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """The Python that runs this."""

    version: tuple[int, int, int]
    prefix: str
    is_virtual: bool


@dataclass(frozen=True, kw_only=True)
class Torch:
    """The torch that is installed; `version` is None and `trouble` says why where it does not import."""

    version: str | None
    build: str = "CPU"
    devices: tuple[tuple[str, int], ...] = ()  # name and memory in MiB
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """One back-end after a real start: `trouble` says why it does not start, `ready_s` how long a box took that has torch in it.

    `group_version` is that of the control group which holds its memory, 0 where none could be made.
    """

    backend: str
    trouble: str = ""
    ready_s: float = 0.0
    group_version: int = 0


def interpreter() -> Interpreter:
    """Return the Python that runs this. A conda environment counts as a virtual one."""
    is_virtual = sys.prefix != sys.base_prefix or (Path(sys.prefix) / "conda-meta").is_dir()
    return Interpreter(version=sys.version_info[:3], prefix=sys.prefix, is_virtual=is_virtual)


def versions(names: Iterable[str]) -> dict[str, str | None]:
    """Return the version of each distribution, None for one that is not installed. Nothing is imported."""
    return {name: _version(name) for name in names}


def installed_torch() -> Torch:
    """Import torch and ask it for its devices; what it warns of, such as an old driver, is its trouble."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            import torch

            devices = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
        except (ImportError, OSError, RuntimeError) as error:  # of a library that does not load, of a driver that fails
            return Torch(version=None, trouble=f"{type(error).__name__}: {error}")
    hip: str | None = getattr(torch.version, "hip", None)
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else f"ROCm {hip}" if hip else "CPU"
    trouble = "" if devices or build == "CPU" else " ".join(str(warning.message) for warning in told)
    return Torch(version=torch.__version__, build=build, devices=tuple((d.name, d.total_memory >> 20) for d in devices), trouble=trouble)


def sandboxes(hidden: Sequence[Path] = ()) -> tuple[Sandbox, ...]:
    """Start each back-end, and in it a box with a worker, as grading does; none on another system than Linux."""
    if platform.system() != "Linux":
        return ()
    from grader.sandbox.backend import Backend

    return tuple(_started(backend, hidden) for backend in Backend)


def cores() -> int:
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def speed_factor() -> float | None:
    """Return how fast a fixed piece of work runs here; 1 is the machine that the limits were set on. None without torch."""
    try:
        import torch
    except (ImportError, OSError):
        return None
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return REFERENCE_S / min(_work() for _ in range(RUNS))
    finally:
        torch.set_num_threads(threads)


def unknown_zones(names: Iterable[str]) -> tuple[str, ...]:
    """Return the time zones of `names` that this machine has no data for."""
    return tuple(name for name in names if not _is_known(name))


def now() -> datetime:
    """Return what this machine's clock says."""
    return datetime.now(UTC)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _started(backend: str, hidden: Sequence[Path]) -> Sandbox:
    from grader.sandbox.backend import Backend, probe
    from grader.sandbox.box import Box

    refusal = probe(Backend(backend))
    if refusal is not None:
        return Sandbox(backend=backend, trouble=refusal.reason)
    began_s = time.monotonic()
    try:
        with Box(Backend(backend), hidden=hidden) as box:
            worker = box.start_worker(DEFAULT_LIMITS, 1)
            ready_s = time.monotonic() - began_s
            version = box.group.version if box.group else 0
            worker.line.close()
            os.close(worker.output_fd)
    except HarnessError as error:
        return Sandbox(backend=backend, trouble=str(error))
    return Sandbox(backend=backend, ready_s=ready_s, group_version=version)


def _work() -> float:
    """Return the CPU seconds of matrix products and of a loop in Python, about half each."""
    import torch

    weights = torch.linspace(-1, 1, 65_536, dtype=torch.float64).reshape(256, 256)
    state, total, began_s = weights, 0, time.process_time()
    for _ in range(40):
        state = torch.tanh(weights @ state)
    for step in range(1_000_000):
        total += step % 7
    return time.process_time() - began_s


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
