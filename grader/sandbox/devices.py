"""Turns the name of an accelerator into what a box, a worker and a clock must know of it.

`cuda` is written from NVIDIA's and torch's documentation and has never run on a device. `stand-in` walks the same path on the
processor: tests use it, the command line does not offer it, and its results carry its name.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import CourseError

CPU = "cpu"
MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """A device that timed calls run on; as it stands, the processor under another name.

    `memory_share` is what of the device's memory a worker may take, `host_mib` and `start_s` what the driver takes for itself in
    a worker. A device is idle when overwriting a buffer takes it at most `idle_factor` times what it took at its fastest.
    """

    name: str = "stand-in"
    torch_name: str = "cpu"
    memory_share: float = 0.45  # a worker and the reference share the device
    host_mib: int = 0
    start_s: float = 0.0
    flush_bytes: int = 4 * MIB
    idle_factor: float = 1000.0  # other programs have the processor too: says nothing there

    @property
    def slot(self) -> str:
        """Which of several devices is used."""
        return "0"

    def trouble(self) -> str:
        """Return why the device cannot be used here; empty if it can."""
        return ""

    def environment(self, room: str) -> Mapping[str, str]:
        """Return the worker's variables; whatever is compiled or cached stays in `room`."""
        return {}

    def nodes(self) -> tuple[str, ...]:
        """Return the device files that a worker reads, writes and controls."""
        return ()

    def facts(self) -> tuple[str, ...]:
        """Return the read-only paths about the device and its driver."""
        return ()

    def bubblewrap(self) -> list[str]:
        """Return bubblewrap's options that let the device into a box; libcuda lies below /usr, which a box reads anyway."""
        paths = [Path(path) for path in self.facts() if not path.startswith("/proc")]
        # Folders that bubblewrap makes unasked are closed to the user that the zygote becomes.
        folders = {str(parent): None for path in paths for parent in reversed(path.parents[:-1])}
        made = [word for folder in folders for word in ("--perms", "0755", "--dir", folder)]
        shown = [word for path in map(str, paths) for word in ("--ro-bind-try", path, path)]
        return [*made, *shown, *(word for path in self.nodes() for word in ("--dev-bind-try", path, path))]


@dataclass(frozen=True, kw_only=True)
class Cuda(Accelerator):
    """One NVIDIA device: the first of CUDA_VISIBLE_DEVICES. Never run on a device."""

    name: str = "cuda"
    torch_name: str = "cuda"
    host_mib: int = 6144
    start_s: float = 30.0
    flush_bytes: int = 256 * MIB
    idle_factor: float = 1.5

    @property
    def slot(self) -> str:
        """Which of several devices is used: a number, or NVIDIA's UUID."""
        return os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip() or "0"

    def trouble(self) -> str:
        """Ask torch in a process of its own: one that has touched CUDA must not fork."""
        program = "import torch; torch.cuda.init(); torch.ones(1, device='cuda').sum().item()"
        environment = {**os.environ, **self.environment("/tmp")}
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=120, check=False, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"asking torch for it failed: {error}"
        if done.returncode:
            return f"torch finds none ({(done.stderr.strip().splitlines() or ['no message'])[-1][:200]})"
        closed = [path for path in self.nodes() if Path(path).is_char_device() and Path(path).stat().st_mode & 0o006 != 0o006]
        return f"{closed[0]} is closed to the unprivileged user that student code runs as: chmod o+rw {closed[0]}" if closed else ""

    def environment(self, room: str) -> Mapping[str, str]:
        """Return variables by which CUDA, Triton and Inductor write nowhere but into the room."""
        caches = {name: f"{room}/{name.lower()}" for name in ("TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR")}
        return {"CUDA_VISIBLE_DEVICES": self.slot, "CUDA_CACHE_DISABLE": "1", "CUDA_MODULE_LOADING": "LAZY", **caches}

    def nodes(self) -> tuple[str, ...]:
        """Return this device's file, all of them where a UUID names it, and those that every device shares."""
        own = [f"/dev/nvidia{self.slot}"] if self.slot.isdigit() else map(str, sorted(Path("/dev").glob("nvidia[0-9]*")))
        return (*own, "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-caps")

    def facts(self) -> tuple[str, ...]:
        """Return what libcuda reads of the driver, the bus and the machine's topology."""
        return ("/proc/driver/nvidia", "/sys/bus/pci", "/sys/devices", "/sys/module/nvidia", "/sys/module/nvidia_uvm")


STAND_IN = Accelerator()
# They keep a device awake or watch it, and compute nothing there; the kernel keeps 15 letters of a name.
_SERVICES = ("nvidia-persiste", "nv-hostengine")
_KNOWN = {device.name: device for device in (Cuda(), STAND_IN)}


def accelerator(name: str) -> Accelerator | None:
    """Return the accelerator of that name; None for the processor. `KeyError` for a name that nobody knows."""
    return None if name == CPU else _KNOWN[name]


def require(device: Accelerator | None, topic: str) -> None:
    """Raise `CourseError` with the next step unless the device is there."""
    if device is not None and (trouble := device.trouble()):
        raise CourseError(
            f"There is no {device.name} device to grade on: {trouble}. Nothing was written. `grader doctor` tells what torch finds; "
            f"without the device `grader grade {topic}` grades all the rest, and its parts stay pending."
        )


def holders(paths: Collection[str], besides: Iterable[int]) -> list[int]:
    """Return the processes but `besides` that hold one of `paths` open, as far as this user may look."""
    found, known = [], set(besides)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in known:
            continue
        with contextlib.suppress(OSError):
            held = any(str(link.readlink()) in paths for link in (entry / "fd").iterdir())
            if held and (entry / "comm").read_text().strip() not in _SERVICES:
                found.append(int(entry.name))
    return sorted(found)
