"""Turns orders of the judge into workers: imports torch once, forks, kills, wipes; never runs a student's code itself.

Control messages are JSON datagrams over a SOCK_SEQPACKET socket. `start` carries two descriptors, the worker's line and its
standard output. Run as `python -I -c … <control fd>` inside the sandbox; the first message configures it.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import Mapping
from typing import Any

from grader import wire
from grader.worker import confine, erase, forks
from grader.worker.cell import Cell

MAX_ORDER_BYTES = 64 * 1024


def main(control_fd: int) -> None:
    """Configure this process from the first message, then obey until the judge goes away."""
    control = socket.socket(fileno=control_fd)
    settings = json.loads(control.recv(MAX_ORDER_BYTES))
    memory_map = forks.open_map()
    settings["children"] = _open_children() if settings["landlock"] and settings["abi"] < confine.SIGNAL_SCOPE_ABI else None
    confine.reap_orphans()
    confine.become(settings["uid"])
    confine.no_new_privileges()
    confine.set_dumpable(False)
    device = settings["device"]
    if settings["landlock"]:
        # What this process may not do, no worker may: the device's files are let through to them, and never touched here.
        readable = [*settings["readable"], *device["readable"]]
        confine.landlock(readable, settings["writable"], device["nodes"], abi=settings["abi"])
    import gymnasium  # noqa: F401 - imported once here, so that no worker pays for it
    import torch

    torch.set_num_threads(1)
    warm()
    forks.settle(memory_map)
    settings["modes"] = {place: stat.S_IMODE(os.stat(place).st_mode) for place in _places(settings)}  # noqa: PTH116
    control.send(json.dumps({"ready": True}).encode())
    _obey(control, settings)


def serve(line: socket.socket) -> None:
    """Answer calls until the judge closes the line."""

    def exchange(question: list[bytes | memoryview]) -> tuple[bytes, bytearray]:
        wire.send(line, question)
        return wire.receive(line)

    cell = Cell(exchange)
    with line, contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            reply = cell.answer(*wire.receive(line))
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            wire.send(line, reply)


def _obey(control: socket.socket, settings: Mapping[str, Any]) -> None:
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, MAX_ORDER_BYTES, 2)
        if not order:
            _kill_all(settings["children"])
            return
        message = json.loads(order)
        if message["do"] == "start":
            answer = _start(control, settings, message, descriptors)
        elif message["do"] == "files":
            answer = _allow_files(message["pid"], message["allowed"])
        elif message["do"] == "stop":
            answer = {"ended": _kill_all(settings["children"])}
        else:  # wipe
            answer = {"left": _clear(settings)}
        # The order's number comes back, so that no judge takes the answer to another judge's order for its own.
        control.send(json.dumps(answer | {"order": message["order"]}).encode())


def _start(control: socket.socket, settings: Mapping[str, Any], order: Mapping[str, Any], fds: list[int]) -> dict[str, object]:
    left = _clear(settings) if order["clear"] else []
    try:
        pid = 0 if left else os.fork()
    except OSError as error:
        _close(fds)
        return {"error": str(error)}
    if left or pid:
        _close(fds)
        return {"left": left} if left else {"pid": pid}
    try:
        control.close()
        if settings["children"] is not None:
            os.close(settings["children"])
        _become_worker(socket.socket(fileno=fds[0]), fds[1], settings, order)
    finally:
        os._exit(0)


def _allow_files(pid: int, allowed: bool) -> dict[str, object]:
    """Set the soft limit of what a worker's files may grow to; only a process of the same user may, and root often may not."""
    try:
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if allowed else 0, hard))
    except OSError as error:
        return {"error": str(error)}
    return {}


def _become_worker(line: socket.socket, output_fd: int, settings: Mapping[str, Any], order: Mapping[str, Any]) -> None:
    os.setsid()
    for fd in (1, 2):
        os.dup2(output_fd, fd)
    os.close(output_fd)
    _reset_signals()
    confine.die_with_parent()
    confine.set_dumpable(True)  # else the judge could not read how much memory it uses
    os.environ.clear()
    device = settings["device"] if order["device"] else {"nodes": [], "readable": [], "environment": {}}
    os.environ.update({**settings["environment"], **device["environment"]})
    os.chdir(settings["writable"][0])
    confine.limit(**order["limits"])
    if settings["abi"]:
        readable = [*settings["readable"], *device["readable"]]
        confine.landlock(readable, settings["writable"], device["nodes"], abi=settings["abi"])
    if settings["filtered"]:
        confine.seccomp(unix_sockets=settings["unix_sockets"], own_signals_only=settings["abi"] < confine.SIGNAL_SCOPE_ABI)
    line.send(b"!")  # carries this process's number in the judge's own counting
    serve(line)


def _reset_signals() -> None:
    """Leave signals as Python finds them at a terminal: `nohup` and background jobs hand down that some are ignored.

    SIGCHLD ignored would keep the CPU time of children out of every account.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in signal.valid_signals():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)


def warm() -> None:
    """Touch what every fork touches first, with one thread, so that imports and pages are shared.

    The first `torch.autograd.grad` alone imports half a second of symbolic algebra.
    """
    import torch

    x = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    torch.autograd.grad((x @ x).softmax(-1), [x], torch.ones(2, 2, dtype=torch.float64))
    (torch.nn.Linear(2, 2).double()(x) @ x).sum().backward()
    Cell().answer(b"\x80", bytearray())


def _open_children() -> int:
    """Open the kernel's list of this process's children, before a wall is built that hides it."""
    return os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY | os.O_CLOEXEC)


def _kill_all(children: int | None = None) -> dict[int, int]:
    """Kill and reap every process of the box; return the exit codes by process.

    Where neither a namespace nor Landlock keeps signals in, -1 would be every process of this user. There the list of `children`
    is gone through until it is empty: this process is whose child each orphan becomes.
    """
    ended: dict[int, int] = {}
    while True:
        for pid in [-1] if children is None else map(int, os.pread(children, 1 << 16, 0).split()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _clear(settings: Mapping[str, Any]) -> list[str]:
    """Kill every process of the box and empty its folders; return what could not be removed."""
    _kill_all(settings["children"])
    _restore(settings["modes"])
    return _wipe(settings["folders"], settings["mount_points"])


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


def _wipe(folders: list[str], mount_points: list[str]) -> list[str]:
    """Empty the writable folders; return what could not be removed, and the mount points that are no longer where they were."""
    left = [path for path in mount_points if not os.path.lexists(path)]
    for place, kept in _ways(folders, mount_points).items():
        left += erase.empty(place, kept) if os.path.isdir(place) else []  # noqa: PTH112
        with contextlib.suppress(OSError):
            os.utime(place)  # times that a worker set would outlive it
    return left


def _restore(modes: Mapping[str, int]) -> None:
    """Give the writable folders back the modes that they had: a worker of their owner could close them for everybody after it."""
    for place, mode in modes.items():
        with contextlib.suppress(OSError):
            os.chmod(place, mode)  # noqa: PTH101


def _places(settings: Mapping[str, Any]) -> list[str]:
    return list(_ways(settings["folders"], settings["mount_points"]))


def _ways(folders: list[str], mount_points: list[str]) -> dict[str, set[str]]:
    """Return each folder that is emptied with what stays in it: the writable ones, and those on the way to a mount point in them."""
    ways: dict[str, set[str]] = {folder: set() for folder in folders}
    for folder in folders:
        for path in mount_points:
            while path.startswith(f"{folder}/"):
                parent = os.path.dirname(path)  # noqa: PTH120
                ways.setdefault(parent, set()).add(path)
                path = parent
    return ways
