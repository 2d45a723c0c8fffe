"""Turns a back-end into a running box: one zygote behind the wall that forks workers, is wiped, and is thrown away when dirty."""

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from grader.errors import HarnessError
from grader.limits import Limits
from grader.sandbox import backend as backends
from grader.sandbox import cgroups, clock, rooms
from grader.sandbox.backend import Backend, Wall
from grader.sandbox.devices import Accelerator
from grader.worker import erase

START_TIMEOUT_S = 60.0
ORDER_TIMEOUT_S = 20.0
_MAX_ANSWER_BYTES = 1 << 20
_CODE = "/grader"
_ROOMS = ("/tmp", "/dev/shm")  # under bubblewrap, each in memory
_SHARED_MODULES = ("__init__.py", "wire.py", "datasets.py", "glyphs.py", "worker")
_BURIAL_S = 2.0
_FIRST_TO_KILL = "1000"  # of oom_score_adj: what runs a student's code goes before everything else
_UIDS = range(61_000, 65_000)  # above what Debian, Fedora and systemd give to people, services and containers


@dataclass(frozen=True)
class Started:
    """A worker as the zygote handed it over: the judge's ends, and its number inside and outside the box."""

    line: socket.socket
    output_fd: int
    inner_pid: int
    pid: int


class Box:
    """A sandbox with a warm zygote. `hidden` are folders that a box must never be able to read.

    With `ready` false it is only launched: `await_ready` comes before anything else, and there is time for other work meanwhile.
    `wall` asks for less than this kernel has, `groups` says below which root control groups are looked for, None for nowhere.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        hidden: Sequence[Path],
        disk_mib: int = Limits.disk_mib,
        ready: bool = True,
        wall: Wall | None = None,
        groups: Path | None = cgroups.ROOT,
        accelerator: Accelerator | None = None,
    ) -> None:
        self.backend, self.accelerator = backend, accelerator
        self.group: cgroups.Group | None = None
        self._wall, self._groups = wall or backends.kernel_wall(), groups
        self._maker = os.getpid()
        self.is_full = False  # too much was written: the next worker starts in a room that was emptied
        self.is_broken = False  # its zygote does not answer; the next worker starts in another box
        self._refuse_visible(hidden)
        self._disk_mib = disk_mib
        self._order = 0
        self._private: Path | None = None
        self._uid, self._claim = os.geteuid(), -1
        self._launch()
        if ready:
            self.await_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_worker(self, limits: Limits, tests: int, *, clear: bool = False, device: bool = False) -> Started:
        """Fork a worker that will answer at most `tests` tests, with the box's `device` or without.

        With `clear`, wipe the box of everything else first.
        """
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        reading, writing = os.pipe()
        kernel_limits = {
            "cpu_s": limits.cpu_s * (tests + 1) + 5,
            # CUDA reserves tens of GiB of addresses that it never fills: there the watcher alone holds the memory.
            "memory_bytes": None if device else limits.memory_mib << 20,
            "processes": limits.processes + self._other_processes(),
            "file_bytes": self._disk_mib << 20,
        }
        if self.is_broken:
            self._replace()
        try:
            order = {"do": "start", "limits": kernel_limits, "clear": clear or self.is_full, "device": device}
            answer = self._command(order, [theirs.fileno(), writing])
        finally:
            theirs.close()
            os.close(writing)
        if left := answer.get("left"):
            self.is_broken = True
            raise HarnessError(f"The box keeps {', '.join(left[:3])} from one task to the next.")
        self.is_full = False
        if "pid" not in answer:
            raise HarnessError(f"The box could not start a worker: {answer.get('error')}. Grade again; if it repeats, restart.")
        ours.settimeout(ORDER_TIMEOUT_S)
        try:
            _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(struct.calcsize("3i")))
            pid = struct.unpack("3i", ancillary[0][2])[0]
        except (OSError, IndexError) as error:
            detail = os.read(reading, 4096).decode(errors="replace") if _readable(reading) else ""
            raise HarnessError(f"A worker ended before it could be used: {detail.strip() or error}.") from error
        os.set_blocking(reading, False)
        ours.setblocking(False)
        self._rank(pid, limits)
        return Started(ours, reading, answer["pid"], pid)

    def stop_workers(self) -> Mapping[int, int]:
        """Kill every process of the box but the zygote; return exit codes by inner number, none where the box is broken."""
        try:
            ended: dict[str, int] = self._command({"do": "stop"})["ended"]
        except HarnessError:
            return {}
        return {int(pid): code for pid, code in ended.items()}

    def allow_files(self, inner_pid: int, allowed: bool) -> None:
        """Let a worker write to files, up to its limit, or not at all. The worker itself can change no limit."""
        answer = self._command({"do": "files", "pid": inner_pid, "allowed": allowed})
        if "error" in answer:
            raise HarnessError(f"The box could not limit the files of a worker: {answer['error']}.")

    def wipe(self) -> None:
        """Make the box as new for the next submission; start another one if anything is left over."""
        try:
            left = self._command({"do": "wipe"})["left"]
        except HarnessError:
            left = ["a zygote that does not answer"]
        if left or not self._wall.keeps_hands_off:
            self._replace()

    def leave(self) -> None:
        """Close what this process started in place of a box that it was given; to be called before a fork ends."""
        if self._starter != self._maker:
            self.close()

    def close(self) -> None:
        """End the box and everything in it."""
        self._control.close()
        if self._private is not None:
            self._bury()
        self._process.kill()
        self._process.wait()
        self._log.close()
        if self.group is not None:
            self.group.close()
            self.group = None
        if self._private is not None:
            with contextlib.suppress(OSError):
                erase.empty(str(self._private))
                self._private.rmdir()
            self._private = None
        if self._claim >= 0:
            os.close(self._claim)
            self._claim = -1

    @property
    def zygote_pid(self) -> int:
        """The zygote's number outside the box."""
        return self._zygote_pid

    def used_disk(self, pid: int) -> tuple[int, int]:
        """Return the bytes and the files that the box's writable folders hold; `pid` is one of its workers."""
        if self._private is not None:
            return rooms.usage(self._private / "room", clock.tree_pids(self._zygote_pid))
        sizes = [rooms.mounted(f"/proc/{pid}/root{folder}") for folder in _ROOMS]
        return sum(size for size, _ in sizes), sum(files for _, files in sizes)

    def _bury(self) -> None:
        """Let the zygote end everything that it started, as it does when its line closes; without a namespace nobody else can."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_BURIAL_S)
        if not self.is_broken or os.geteuid() != 0:
            return
        for entry in Path("/proc").iterdir():  # had it been killed itself, they would live on; this user is theirs alone
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == self._uid:
                    os.kill(int(entry.name), signal.SIGKILL)

    def _replace(self) -> None:
        self.close()
        self._launch()
        self.await_ready()

    def _rank(self, pid: int, limits: Limits) -> None:
        """Limit the group, and offer the worker first when memory runs out, here or on the machine: the zygote must outlive it."""
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/oom_score_adj").write_text(_FIRST_TO_KILL, encoding="ascii")
        if self.group is not None:
            # Files in memory count here and have a limit of their own. Two processes more: the zygote and the worker.
            memory_mib = limits.memory_mib + (0 if self._private else limits.disk_mib)
            try:
                self.group.hold(memory_mib << 20, limits.processes + 2)
            except OSError as error:
                raise HarnessError(f"The memory of the last test cannot be taken back ({error}). Grade again.") from error

    def _refuse_visible(self, hidden: Sequence[Path]) -> None:
        for path in hidden:
            for readable in map(Path, backends.readable_paths()):
                if path.resolve().is_relative_to(readable.resolve()):
                    raise HarnessError(f"{path} lies below {readable}, which student code may read. Move the course out of it.")

    def _launch(self) -> None:
        self._starter, self.is_broken = os.getpid(), False
        if os.geteuid() == 0:
            self._uid, self._claim = _own_user()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._control.settimeout(START_TIMEOUT_S)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the box
        command, settings = self._bubblewrap() if self.backend is Backend.BUBBLEWRAP else self._landlock()
        program = (
            f"import sys; sys.path.insert(0, {settings.pop('code')!r}); from grader.worker.zygote import main; main({theirs.fileno()})"
        )
        self._process = subprocess.Popen(
            [*command, sys.executable, "-I", "-B", "-c", program],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=settings["environment"],
        )
        theirs.close()
        with contextlib.suppress(OSError):  # one that has died already says why when it is awaited
            self._control.send(json.dumps(settings).encode())

    def await_ready(self) -> None:
        """Wait until the zygote is warm. `HarnessError` with its last words if it is not."""
        try:
            answer, ancillary, _, _ = self._control.recvmsg(_MAX_ANSWER_BYTES, socket.CMSG_SPACE(struct.calcsize("3i")))
            json.loads(answer)
            self._zygote_pid: int = struct.unpack("3i", ancillary[0][2])[0]
            threads = clock.thread_count(self._zygote_pid)
        except (OSError, ValueError, IndexError) as error:
            said = self._last_words() or error
            self.close()
            raise HarnessError(f"The sandbox ({self.backend}) did not start: {said}") from error
        if threads != 1:
            self.close()
            raise HarnessError(f"The zygote runs {threads} threads; a fork of it could hang. Set OMP_NUM_THREADS=1.")
        self._control.settimeout(ORDER_TIMEOUT_S)
        self._join_group()

    def _join_group(self) -> None:
        """Put the zygote into a group of its own, if the machine gives one: every worker is then born in it."""
        self.group = cgroups.make(self._groups) if self._groups is not None else None
        if self.group is not None:
            try:
                self.group.add(self._zygote_pid)
            except OSError:
                self.group.close()
                self.group = None

    def _bubblewrap(self) -> tuple[list[str], dict[str, Any]]:
        package = Path(__file__).resolve().parents[1]
        binds = {package / name: f"{_CODE}/grader/{name}" for name in _SHARED_MODULES if (package / name).exists()}
        shown = self.accelerator.bubblewrap() if self.accelerator else ()
        command = backends.bubblewrap_command(disk_bytes=self._disk_mib << 20, binds=binds, shown=shown)
        writable = list(_ROOMS)
        mounts = {str(path) for path in backends.code_paths() if path.is_relative_to("/tmp")}
        return command, self._settings(_CODE, writable, sorted(mounts), landlock=False)

    def _landlock(self) -> tuple[list[str], dict[str, Any]]:
        self._private = Path(tempfile.mkdtemp(prefix="grader-box-")).resolve()
        code, room = self._private / "code", self._private / "room"
        package = Path(__file__).resolve().parents[1]
        (code / "grader").mkdir(parents=True)
        for name in _SHARED_MODULES:
            if (package / name).is_dir():
                shutil.copytree(package / name, code / "grader" / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (package / name).exists():
                shutil.copyfile(package / name, code / "grader" / name)
        room.mkdir(mode=0o700)
        os.chown(room, self._uid, -1)
        self._private.chmod(0o711)
        return [], self._settings(str(code), [str(room)], [], landlock=True)

    def _settings(self, code: str, writable: list[str], mount_points: list[str], *, landlock: bool) -> dict[str, Any]:
        environment = backends.ENVIRONMENT | {"HOME": writable[0], "TMPDIR": writable[0]}
        return {
            "code": code,
            "uid": self._uid,
            "landlock": landlock,
            "abi": self._wall.abi,
            "filtered": self._wall.filtered,
            "readable": [*backends.readable_paths(), *backends.readable_facts(), code, *([] if landlock else ["/proc", "/dev"])],
            "writable": [*writable, "/dev/null"] if landlock else writable,
            "folders": writable,
            "mount_points": mount_points,
            "unix_sockets": not landlock,
            "environment": environment,
            "device": self._device_settings(writable[0]),
        }

    def _device_settings(self, room: str) -> dict[str, Any]:
        if self.accelerator is None:
            return {"nodes": [], "readable": [], "environment": {}}
        shown = {"nodes": list(self.accelerator.nodes()), "readable": list(self.accelerator.facts())}
        return {**shown, "environment": dict(self.accelerator.environment(room))}

    def _command(self, order: dict[str, Any], descriptors: Sequence[int] = ()) -> Any:
        self._order += 1
        number = f"{os.getpid()}-{self._order}"
        try:
            socket.send_fds(self._control, [json.dumps(order | {"order": number}).encode()], list(descriptors))
            while True:
                answer = json.loads(self._control.recv(_MAX_ANSWER_BYTES))
                if answer.get("order") == number:
                    return answer
        except (OSError, ValueError) as error:
            self.is_broken = True
            raise HarnessError(f"The sandbox does not answer: {self._last_words() or error}") from error

    def _other_processes(self) -> int:
        """Count what this user runs already: without a user of our own the kernel's limit counts it in."""
        if self.backend is Backend.BUBBLEWRAP or os.geteuid() == 0:
            return 4
        count = 4
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == self._uid:
                    count += clock.thread_count(int(entry.name))
        return count

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._log.seek(0)
            return self._log.read()[-2000:].decode(errors="replace").strip()
        return ""


def _readable(fd: int) -> bool:
    import select

    return bool(select.select([fd], [], [], 0)[0])


def _own_user() -> tuple[int, int]:
    """Return a user that no other box of this machine has, and the socket whose name keeps it so until it is closed.

    RLIMIT_NPROC counts by user, and what a dead box leaves behind is known by its user.
    """
    for number in range(len(_UIDS)):
        uid = _UIDS[(os.getpid() + number) % len(_UIDS)]
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0grader-user-{uid}")  # an abstract name: no file, and the kernel frees it with its process
        except OSError:
            claim.close()
            continue
        return uid, claim.detach()
    raise HarnessError(f"Every user from {_UIDS[0]} to {_UIDS[-1]} has a box already. End some of them and grade again.")
