"""Turns a back-end into a running box: one zygote behind the wall that forks workers, is wiped, and is thrown away when dirty."""

import contextlib
import json
import os
import shutil
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
from grader.sandbox import clock
from grader.sandbox.backend import Backend

START_TIMEOUT_S = 60.0
ORDER_TIMEOUT_S = 20.0
_MAX_ANSWER_BYTES = 1 << 20
_CODE = "/grader"
_SHARED_MODULES = ("__init__.py", "wire.py", "datasets.py", "worker")
_FIRST_UID = 61_000  # above what Debian, Fedora and systemd give to people, services and containers


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
    """

    def __init__(self, backend: Backend, *, hidden: Sequence[Path], disk_mib: int = Limits.disk_mib, ready: bool = True) -> None:
        self.backend = backend
        self._refuse_visible(hidden)
        self._disk_mib = disk_mib
        self._order = 0
        self._private: Path | None = None
        # One user per slot: RLIMIT_NPROC counts by user.
        self._uid = _FIRST_UID + os.getpid() % 4000 if os.geteuid() == 0 else os.geteuid()
        self._launch()
        if ready:
            self.await_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_worker(self, limits: Limits, tests: int, *, clear: bool = False) -> Started:
        """Fork a worker that will answer at most `tests` tests; with `clear`, wipe the box of everything else first."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        reading, writing = os.pipe()
        kernel_limits = {
            "cpu_s": limits.cpu_s * (tests + 1) + 5,
            "memory_bytes": limits.memory_mib << 20,
            "processes": limits.processes + self._other_processes(),
            "file_bytes": self._disk_mib << 20,
        }
        try:
            answer = self._command({"do": "start", "limits": kernel_limits, "clear": clear}, [theirs.fileno(), writing])
        finally:
            theirs.close()
            os.close(writing)
        if left := answer.get("left"):
            raise HarnessError(f"The box keeps {', '.join(left[:3])} from one task to the next.")
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
        return Started(ours, reading, answer["pid"], pid)

    def stop_workers(self) -> Mapping[int, int]:
        """Kill every process of the box but the zygote; return exit codes by inner number."""
        ended: dict[str, int] = self._command({"do": "stop"})["ended"]
        return {int(pid): code for pid, code in ended.items()}

    def wipe(self) -> None:
        """Make the box as new for the next submission; start another one if anything is left over."""
        try:
            left = self._command({"do": "wipe"})["left"]
        except HarnessError:
            left = ["a zygote that does not answer"]
        if left:
            self.close()
            self._launch()
            self.await_ready()

    def close(self) -> None:
        """End the box and everything in it."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._log.close()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None

    @property
    def zygote_pid(self) -> int:
        """The zygote's number outside the box."""
        return self._zygote_pid

    def _refuse_visible(self, hidden: Sequence[Path]) -> None:
        for path in hidden:
            for readable in map(Path, backends.readable_paths()):
                if path.resolve().is_relative_to(readable.resolve()):
                    raise HarnessError(f"{path} lies below {readable}, which student code may read. Move the course out of it.")

    def _launch(self) -> None:
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

    def _bubblewrap(self) -> tuple[list[str], dict[str, Any]]:
        package = Path(__file__).resolve().parents[1]
        binds = {package / name: f"{_CODE}/grader/{name}" for name in _SHARED_MODULES if (package / name).exists()}
        command = backends.bubblewrap_command(disk_bytes=self._disk_mib << 20, binds=binds)
        writable = ["/tmp", "/dev/shm"]
        tops = {str(Path(*path.parts[:3])) for path in backends.code_paths() if path.is_relative_to("/tmp")}
        return command, self._settings(_CODE, writable, sorted(tops), landlock=False)

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
            "readable": [*backends.readable_paths(), *backends.readable_facts(), code, *([] if landlock else ["/proc", "/dev"])],
            "writable": [*writable, "/dev/null"] if landlock else writable,
            "folders": writable,
            "mount_points": mount_points,
            "unix_sockets": not landlock,
            "environment": environment,
        }

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
