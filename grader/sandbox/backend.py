"""Turns this machine's abilities into the way a box is started: bubblewrap, else Landlock, else a refusal that says what to run.

Each back-end is probed by a real start, in this order, and never downgraded silently (`boundary.md`, section 7).
"""

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from grader.errors import HarnessError
from grader.worker import confine

INSTALL_HINT = "install bubblewrap (Debian, Ubuntu: `apt-get install bubblewrap`)"
# One thread everywhere: a process that has used two makes matrix products hang in its forks.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Else arrays of some hundred KiB are given back and taken again at every call: page faults that the reference does not have.
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
}
_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_PACKAGES = ("torch", "numpy", "gymnasium", "msgspec", "sklearn")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_KERNEL_FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu")


class Backend(StrEnum):
    """What holds a student's code."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"


@dataclass(frozen=True, kw_only=True)
class Wall:
    """What stands between a worker and its zygote: Landlock of a version (0 for none), and a seccomp filter."""

    abi: int
    filtered: bool

    @property
    def keeps_hands_off(self) -> bool:
        """Whether no worker can touch its zygote: by Landlock's signal scope, or by seccomp in its place.

        Where neither is to be had a box serves one submission.
        """
        return self.filtered or self.abi >= confine.SIGNAL_SCOPE_ABI


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """A back-end that does not start here, and why."""

    backend: Backend
    reason: str


def choose(wanted: Backend | None = None) -> Backend:
    """Return the first back-end that starts here, or `wanted` if it does; `HarnessError` with every reason otherwise."""
    refusals = []
    for backend in [wanted] if wanted else list(Backend):
        refusal = probe(backend)
        if refusal is None:
            return backend
        refusals.append(f"{backend}: {refusal.reason}")
    raise HarnessError(
        "No sandbox starts on this machine, so nothing is graded: student code never runs unprotected.\n"
        + "\n".join(f"  - {refusal}" for refusal in refusals)
        + f"\nNext: {INSTALL_HINT}; on Ubuntu 24.04 also `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`."
    )


def probe(backend: Backend) -> Unusable | None:
    """Start the back-end for real; return None if that worked, else the reason."""
    reason = _probe_bubblewrap() if backend is Backend.BUBBLEWRAP else _probe_landlock()
    return None if reason is None else Unusable(backend=backend, reason=reason)


@cache
def code_paths() -> tuple[Path, ...]:
    """Return the folders of Python and of the packages that student code may import, which a box may read."""
    prefixes = [Path(prefix).resolve() for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)]
    found = list(dict.fromkeys(prefixes))
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        folder = Path(spec.origin).resolve().parents[1] if spec and spec.origin else None
        if folder and not any(folder.is_relative_to(path) for path in found):
            found.append(folder)
    return tuple(found)


@cache
def kernel_wall() -> Wall:
    """Return what this kernel has to hold a worker."""
    return Wall(abi=confine.landlock_abi(), filtered=confine.has_seccomp())


def readable_paths() -> tuple[str, ...]:
    """Return everything that a box may read: the system's libraries, Python, and nothing of this course."""
    return (*_SYSTEM, *(str(path) for path in code_paths()))


def readable_facts() -> tuple[str, ...]:
    """Return the devices and the kernel's facts about the machine that Landlock must leave readable."""
    return (*_DEVICES, *_KERNEL_FACTS)


def bubblewrap_command(*, disk_bytes: int, binds: dict[Path, str], shown: Sequence[str] = ()) -> list[str]:
    """Return the bubblewrap command up to the program. `binds` are read-only: path outside, path inside; `shown` are further options."""
    command = [shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin") or "bwrap"]
    if os.geteuid() == 0:
        # Root makes the mounts, so that a Python below a private folder stays reachable; the zygote then gives root up.
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    command += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    command += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "box"]
    for name, value in ENVIRONMENT.items():
        command += ["--setenv", name, value]
    for path in ("/usr", "/etc/ld.so.cache", "/etc/alternatives"):
        command += ["--ro-bind-try", path, path]
    for path in ("/bin", "/lib", "/lib32", "/lib64"):
        if Path(path).is_symlink():
            command += ["--symlink", str(Path(path).readlink()), path]
        else:
            command += ["--ro-bind-try", path, path]
    size = ["--perms", "1777", "--size", str(disk_bytes), "--tmpfs"]
    command += ["--proc", "/proc", "--dev", "/dev", *size, "/dev/shm", *size, "/tmp"]
    for folder in code_paths():
        command += [*_parents(folder), "--ro-bind", str(folder), str(folder)]
    for outside, inside in binds.items():
        command += [*_parents(Path(inside)), "--ro-bind", str(outside), inside]
    return [*command, *shown, "--remount-ro", "/dev", "--remount-ro", "/proc", "--remount-ro", "/", "--chdir", "/tmp", "--"]


def _parents(path: Path) -> list[str]:
    """Return the options that make a mount's parents; bubblewrap's own are private to the user that the zygote gives up."""
    missing = [parent for parent in reversed(path.parents[:-1]) if not parent.is_relative_to("/usr")]
    return [word for parent in missing for word in ("--perms", "0755", "--dir", str(parent))]


def _probe_bubblewrap() -> str | None:
    if shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin") is None:
        return "the program bwrap is not installed"
    command = [*bubblewrap_command(disk_bytes=1 << 20, binds={}), sys.executable, "-I", "-c", "print('started')"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap did not start: {error}"
    if done.stdout.strip() != "started":
        return f"bwrap did not start: {done.stderr.strip()[:300] or f'exit code {done.returncode}'}"
    return None


def _probe_landlock() -> str | None:
    abi = confine.landlock_abi()
    if abi < confine.LEAST_ABI:
        found = f"Landlock version {abi}" if abi else "no Landlock"
        return f"the kernel has {found}; before version {confine.LEAST_ABI} (Linux 6.2) code could empty files that it may only read"
    closed = _closed_to_others() if os.geteuid() == 0 else None
    if closed:
        mend = f"make Python reachable (`chmod o+x {closed}`) or {INSTALL_HINT}"
        return f"{closed} is closed to other users, and student code never runs as root: {mend}"
    script = "from grader.worker import confine as c; c.no_new_privileges(); c.landlock(['/usr'], []); "
    script += "c.seccomp(unix_sockets=False); print('started')"
    package = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {package!r}); {script}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"Landlock did not start: {error}"
    return None if done.stdout.strip() == "started" else f"Landlock did not start: {done.stderr.strip()[-300:]}"


def _closed_to_others() -> Path | None:
    """Return the first folder on the way to Python that an unprivileged user may not enter."""
    for path in code_paths():
        for folder in (path, *path.parents):
            if not folder.stat().st_mode & stat.S_IXOTH:
                return folder
    return None
