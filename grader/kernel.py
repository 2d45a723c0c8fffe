"""Turns the files of the kernel into facts: what it allows a sandbox, what a control group holds, what memory and disk are free.

Every reader takes the root of those files, so that the kernel of another machine can be read too. A file that is not there is no fact.
"""

import os
import platform
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
UNLIMITED_MIB = 1 << 40  # version 1 writes a huge number for no limit


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """The system, and what its kernel allows. A switch is None where the kernel has none."""

    system: str
    release: str
    name: str
    families: tuple[str, ...] = ()  # of the distribution: "ubuntu", "debian"
    uid: int | None = None
    is_container: bool = False
    landlock_abi: int = 0
    apparmor_restricts_userns: int | None = None
    unprivileged_userns_clone: int | None = None
    max_user_namespaces: int | None = None


@dataclass(frozen=True, kw_only=True)
class ControlGroup:
    """The control group of this process: its version (0 for none), whether we may make groups below it, and what it limits."""

    version: int = 0
    is_writable: bool = False
    cores: float | None = None
    memory_mib: int | None = None


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the machine has and what is free, in MiB; None where it cannot be told."""

    total_mib: int | None
    free_mib: int | None


@dataclass(frozen=True, kw_only=True)
class Room:
    """The room where a folder lies or would lie. `free_files` is None where files are not counted."""

    folder: Path
    free_mib: int
    free_files: int | None
    is_writable: bool
    is_memory: bool


def kernel(root: Path = ROOT) -> Kernel:
    """Return what the kernel allows, as the files below `root` tell."""
    about = dict(line.split("=", 1) for line in _read(root / "etc/os-release").splitlines() if "=" in line)
    about = {key: value.strip("\"'") for key, value in about.items()}
    switches = root / "proc/sys"
    return Kernel(
        system=platform.system(),
        release=platform.release(),
        name=about.get("PRETTY_NAME", ""),
        families=(about.get("ID", ""), *about.get("ID_LIKE", "").split()),
        uid=os.geteuid() if hasattr(os, "geteuid") else None,
        is_container=(root / ".dockerenv").exists() or (root / "run/.containerenv").exists(),
        landlock_abi=_landlock_abi(),
        apparmor_restricts_userns=_number(switches / "kernel/apparmor_restrict_unprivileged_userns"),
        unprivileged_userns_clone=_number(switches / "kernel/unprivileged_userns_clone"),
        max_user_namespaces=_number(switches / "user/max_user_namespaces"),
    )


def control_group(root: Path = ROOT) -> ControlGroup:
    """Return the control group of this process, as the files below `root` tell."""
    lines = [line.split(":", 2) for line in _read(root / "proc/self/cgroup").splitlines() if line.count(":") >= 2]
    paths = {name: path for _, names, path in lines for name in names.split(",")}
    top = root / "sys/fs/cgroup"
    memory = _folders(top / "memory", paths["memory"]) if "memory" in paths else _folders(top, paths.get("", ""))
    cpu = _folders(top / "cpu", paths["cpu"]) if "cpu" in paths else _folders(top, paths.get("", ""))
    version = 1 if "memory" in paths else 2 if memory and (top / "cgroup.controllers").exists() else 0
    if version == 0:
        return ControlGroup()
    names = ("memory.max", "memory.limit_in_bytes")
    limits = [int(text) >> 20 for folder in memory for name in names if (text := _read(folder / name).strip()).isdigit()]
    least = min(limits, default=None)
    return ControlGroup(
        version=version,
        is_writable=os.access(memory[0], os.W_OK),
        cores=min((quota for folder in cpu if (quota := _quota(folder)) is not None), default=None),
        memory_mib=None if least is None or least >= UNLIMITED_MIB else least,
    )


def memory(root: Path = ROOT) -> Memory:
    """Return the machine's memory, as the files below `root` tell; on a system without them, what it says of the whole."""
    lines = [line.partition(":") for line in _read(root / "proc/meminfo").splitlines()]
    sizes = {name: int(rest.split()[0]) >> 10 for name, _, rest in lines}
    if "MemTotal" in sizes:
        return Memory(total_mib=sizes["MemTotal"], free_mib=sizes.get("MemAvailable"))
    total = None
    with suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return Memory(total_mib=total, free_mib=None)


def room(folder: Path, root: Path = ROOT) -> Room:
    """Return the room of `folder`, or of the nearest folder above it that exists."""
    place = next(one for one in (folder.resolve(), *folder.resolve().parents) if one.is_dir())
    counted = os.statvfs(place) if hasattr(os, "statvfs") else None
    mounts = [line.split() for line in _read(root / "proc/self/mounts").splitlines()]
    kinds = {Path(words[1]): words[2] for words in mounts if len(words) > 2}
    kind = next((kinds[one] for one in (place, *place.parents) if one in kinds), "")
    return Room(
        folder=place,
        free_mib=shutil.disk_usage(place).free >> 20,
        free_files=counted.f_favail if counted and counted.f_files else None,  # btrfs counts none
        is_writable=os.access(place, os.W_OK),
        is_memory=kind in ("tmpfs", "ramfs"),
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _landlock_abi() -> int:
    if platform.system() != "Linux":
        return 0
    from grader.worker.confine import landlock_abi

    return landlock_abi()


def _folders(top: Path, path: str) -> list[Path]:
    """Return the folders of a control group from its own up to `top`; in a container the path may lead nowhere."""
    own = top if ".." in path else top / path.strip("/")
    return [folder for folder in (own, *own.parents) if folder.is_relative_to(top) and folder.is_dir()]


def _quota(folder: Path) -> float | None:
    """Return the cores that a control group may use, None for all."""
    words = _read(folder / "cpu.max").split() or [_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    return int(words[0]) / int(words[1]) if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]) else None
