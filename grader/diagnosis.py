"""Turns facts about a machine into findings: what is well, what is limited, what is missing, and what mends it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader import mends
from grader.kernel import ControlGroup, Kernel, Memory, Room
from grader.machine import Interpreter, Sandbox, Torch
from grader.reports import Ability, Finding

LEAST_PYTHON = (3, 11)
LEAST_ABI = 3  # as `worker.confine` has it, which only Linux can import
SLOT_MIB = 512
"""What a judge, its fork and the zygote hold together while they grade `self_attention`, a test's own memory apart (503 MiB of Pss)."""
SPARE_MIB = 512  # of the system and of whoever uses it
LITTLE_DISK_MIB, LITTLE_FILES = 2048, 20_000
SLOW = 0.5
OLDEST_YEAR = 2026  # an earlier clock was never set
NEEDED = ("numpy", "gymnasium", "pytest")
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found out about a machine. `course` says in words which course is here, None where none is: a student's machine."""

    interpreter: Interpreter
    versions: Mapping[str, str | None]
    torch: Torch
    kernel: Kernel
    sandboxes: tuple[Sandbox, ...]
    control_group: ControlGroup
    cores: int
    memory: Memory
    workspace: Room
    temporary: Room
    speed: float | None
    unknown_zones: tuple[str, ...]
    now: datetime
    memory_limit_mib: int
    course: str | None = None
    course_fault: str = ""


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding, in the order in which one would mend them."""
    return (
        _system(facts.kernel),
        _python(facts.interpreter),
        *_packages(facts),
        _device(facts.torch),
        *_sandboxes(facts.kernel, facts.sandboxes),
        *(_kernel(facts) if facts.kernel.system == "Linux" else ()),
        _cores(facts),
        _memory(facts),
        _room("workspace" if facts.course else "this folder", facts.workspace),
        _room("temporary files", facts.temporary),
        _speed(facts.speed),
        _clock(facts),
        _course(facts),
    )


def can_grade(facts: Facts) -> bool:
    """Return whether a sandbox starts, and Python and its packages are there."""
    return can_check(facts) and _is_walled(facts)


def can_check(facts: Facts) -> bool:
    """Return whether the public tests run here: no sandbox is needed for that."""
    packages = [facts.torch.version, *(facts.versions.get(name) for name in NEEDED)]
    return facts.interpreter.version >= LEAST_PYTHON and None not in packages


def workers(facts: Facts) -> int:
    """Return how many submissions fit side by side: one a core, and none that a memory bomb beside it could starve."""
    by_cores = max(1, int(min(facts.cores, facts.control_group.cores or facts.cores)))
    free_mib = _free_mib(facts)
    if free_mib is None:
        return by_cores
    return max(1, min(by_cores, (free_mib - SPARE_MIB) // (SLOT_MIB + facts.memory_limit_mib)))


def _is_walled(facts: Facts) -> bool:
    return any(not sandbox.trouble for sandbox in facts.sandboxes)


def _free_mib(facts: Facts) -> int | None:
    known = [size for size in (facts.memory.free_mib, facts.control_group.memory_mib) if size is not None]
    return min(known, default=None)


def _system(kernel: Kernel) -> Finding:
    user = " as root" if kernel.uid == 0 else ""
    place = ", in a container" if kernel.is_container else ""
    found = f"{kernel.name}{', ' if kernel.name else ''}{kernel.system} {kernel.release}{place}{user}"
    if kernel.system == "Linux":
        return _ok("system", found)
    return _limited("system", found, "Official grading needs Linux. `grader check`, `grader pack` and `grader figure` work here.")


def _python(python: Interpreter) -> Finding:
    version = ".".join(map(str, python.version))
    found = f"{version}, {'virtual' if python.is_virtual else 'no virtual'} environment, {python.prefix}"
    if python.version < LEAST_PYTHON:
        return _missing("Python", found, "Install Python 3.11 or newer: https://python.org/downloads")
    return _ok("Python", found, "" if python.is_virtual else "A virtual environment keeps this course's packages apart from others'.")


def _packages(facts: Facts) -> Iterator[Finding]:
    if facts.torch.version:
        yield _ok("torch", f"{facts.torch.version}, built for {facts.torch.build}")
    else:
        command = f"python -m pip install --force-reinstall torch --extra-index-url {CPU_INDEX}"
        yield _missing("torch", f"does not import: {facts.torch.trouble.partition(chr(10))[0][:200]}", "", command)
    for name in NEEDED:
        version = facts.versions.get(name)
        yield _ok(name, version) if version else _missing(name, "not installed", "", f"python -m pip install {name}")
    book = facts.versions.get("nbgrader")
    if book is None and facts.course:
        yield _limited("nbgrader", "not installed: there is no gradebook without it", "", 'python -m pip install -e ".[instructor]"')
    else:
        yield _ok("nbgrader", book or "not installed, and only instructors need it")


def _device(torch: Torch) -> Finding:
    if torch.devices:
        return _ok("GPU", "; ".join(f"{name}, {_size(memory_mib)}" for name, memory_mib in torch.devices))
    if torch.version is None or torch.build == "CPU":
        return _ok("GPU", "none that torch can use; parts that need one stay pending")
    found = f"torch is built for {torch.build} and finds no device: {torch.trouble or 'there is no driver, or no GPU'}"
    return _limited("GPU", found, "Parts that need one stay pending. `nvidia-smi` tells whether the driver runs.")


def _sandboxes(kernel: Kernel, tried: Sequence[Sandbox]) -> Iterator[Finding]:
    """Yield each back-end; one that does not start is missing where none does, limited where another does its work."""
    if not tried:
        yield _limited("sandbox", f"none on {kernel.system}; checks run in your own process")
    used = next((sandbox.backend for sandbox in tried if not sandbox.trouble), None)
    for sandbox in tried:
        commands = mends.commands(kernel, sandbox)
        if not sandbox.trouble:
            whom = "a user without rights" if kernel.uid == 0 else "you, locked in"
            first = "used" if sandbox.backend == used else "works too"
            yield _ok(sandbox.backend, f"{first}: a box with torch is ready in {sandbox.ready_s:.1f} s; code in it runs as {whom}")
        elif used is not None:
            yield _limited(sandbox.backend, f"does not start, {used} is used: {sandbox.trouble}", "", *commands)
        else:
            yield _missing(sandbox.backend, sandbox.trouble, mends.container_advice(kernel, sandbox), *commands)


def _kernel(facts: Facts) -> Iterator[Finding]:
    """Yield what a sandbox rests on. With one that starts nothing here is amiss."""
    kernel, group, is_walled = facts.kernel, facts.control_group, _is_walled(facts)
    closed = ", ".join(mends.closed(kernel))
    if closed and kernel.uid != 0 and not is_walled:
        yield _limited("user namespaces", f"closed to users: {closed}")
    else:
        yield _ok(
            "user namespaces", "not needed by root" if kernel.uid == 0 else f"closed but to some: {closed}" if closed else "open to users"
        )
    abi, needed = kernel.landlock_abi, f"version {LEAST_ABI} (Linux 6.2) would do without bubblewrap"
    if abi >= LEAST_ABI or is_walled:
        yield _ok("Landlock version", str(abi or "none"))
    else:
        yield _limited("Landlock version", f"{abi or 'none'}; {needed}")
    there = f"version {group.version}, {'' if group.is_writable else 'not '}writable" if group.version else "none"
    yield _ok("control groups", there)
    if is_walled:
        yield _ok("memory limits", _memory_holder(facts.sandboxes))


def _memory_holder(tried: Sequence[Sandbox]) -> str:
    """Return who holds a test's memory in the sandbox that is used: the kernel for all its processes, or the judge's watcher."""
    version = next(sandbox.group_version for sandbox in tried if not sandbox.trouble)
    if version:
        return f"of each process by the kernel, of a test's processes together by a control group of version {version}"
    return "of each process by the kernel, of a test's processes together by a watcher that looks four times a second"


def _cores(facts: Facts) -> Finding:
    quota = facts.control_group.cores
    if quota is None or quota >= facts.cores:
        return _ok("cores", str(facts.cores))
    found = f"{facts.cores}, of which the control group gives {quota:g}"
    return _ok("cores", found) if quota >= 1 else _limited("cores", found, "Wall-time limits may be tight here.")


def _memory(facts: Facts) -> Finding:
    free_mib, slot_mib = _free_mib(facts), SLOT_MIB + facts.memory_limit_mib
    if free_mib is None:
        total = _size(facts.memory.total_mib) if facts.memory.total_mib else "size unknown"
        return _ok("memory", f"{total}; what is free cannot be told here")
    if not facts.sandboxes:
        return _ok("memory", f"{_size(free_mib)} free")
    found = f"{_size(free_mib)} free; grading one submission takes at most {_size(slot_mib)}: `--workers {workers(facts)}`"
    if free_mib < slot_mib:
        return _limited("memory", found, "Close other programs, or grade on a larger machine.")
    return _ok("memory", found)


def _room(name: str, room: Room) -> Finding:
    kind = " of memory (tmpfs)" if room.is_memory else ""
    files = "" if room.free_files is None else f", room for {room.free_files:,} files"
    found = f"{_size(room.free_mib)}{kind} free{files}, in {room.folder}"
    if not room.is_writable:
        return _missing(name, f"{room.folder} may not be written to", "Choose another folder.")
    if room.free_mib < LITTLE_DISK_MIB or (room.free_files is not None and room.free_files < LITTLE_FILES):
        return _limited(name, found, "Make room: a large class needs some gigabytes.")
    return _ok(name, found)


def _speed(factor: float | None) -> Finding:
    if factor is None:
        return _limited("speed", "not measured: torch is missing")
    found = f"{factor:.2f}; 1.00 is the machine that the limits were set on"
    if factor >= SLOW:
        return _ok("speed", found)
    return _limited("speed", found, "CPU limits may be tight here: raise cpu_s in course.toml before you grade.")


def _clock(facts: Facts) -> Finding:
    found = f"{facts.now:%Y-%m-%d %H:%M} UTC"
    if facts.now.year < OLDEST_YEAR:
        return _missing("clock", found, "Set the clock: receipts carry its time.")
    if facts.unknown_zones:
        return _missing("clock", f"{found}, no data for {', '.join(facts.unknown_zones)}", "", "python -m pip install tzdata")
    return _ok("clock", f"{found}, time zones are known")


def _course(facts: Facts) -> Finding:
    if facts.course_fault:
        return _missing("course", facts.course_fault)
    return _ok("course", facts.course or "none here; `grader check` needs none")


def _size(mib: int) -> str:
    return f"{mib} MiB" if mib < 1024 else f"{mib / 1024:.1f} GiB"


def _ok(name: str, found: str, advice: str = "") -> Finding:
    return Finding(name=name, state=Ability.OK, found=found, advice=advice)


def _limited(name: str, found: str, advice: str = "", *commands: str) -> Finding:
    return Finding(name=name, state=Ability.LIMITED, found=found, advice=advice, commands=commands)


def _missing(name: str, found: str, advice: str = "", *commands: str) -> Finding:
    return Finding(name=name, state=Ability.MISSING, found=found, advice=advice, commands=commands)
