"""Turns calls into values: the only place where a student's code is imported and run.

Nothing here decides anything: an answer is a value or the way in which the student's code ended, and the judge weighs it.
"""

import errno
import linecache
import marshal
import math
import random
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from grader import wire
from grader.worker import placed
from grader.worker.envs import Asking, Exchange, environment
from grader.worker.witness import Witness

Message = Mapping[str, Any]
MAX_TEXT = 2_000
STARTER_MARK = "is yours to write"  # what every stub raises ends so


class Cell:
    """One submission, loaded for one task. `last_exception` is the student's own, kept for in-process tracebacks."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self.last_exception: BaseException | None = None
        self._asking = Asking(exchange)
        self._module: types.ModuleType | None = None
        self._objects: dict[int, object] = {}
        self._probes: dict[str, Callable[..., object]] = {}
        self._next_number = 1
        self._witness: Witness | None = None
        self._desk = placed.Desk(torch.device("cpu"), [])

    def answer(self, header: bytes | bytearray, blob: bytearray) -> list[bytes | memoryview]:
        """Return the frame that answers a frame. Whatever the student's code does short of ending the process is an answer."""
        self.last_exception = None
        try:
            message = wire.unpack(header, blob, resolve=lambda ref: self._objects[ref.number])
            self._asking.open(message["nonce"])
            with self._witness.watching() if self._witness and message["op"] in _WATCHED else nullcontext():
                value = _OPERATIONS[message["op"]](self, message)
            return wire.pack({"nonce": self._asking.close(), "value": value}, opaque=self._keep)
        except BaseException as error:  # noqa: BLE001 - the one broad except: student code may raise anything, SystemExit too
            self.last_exception = error
            return wire.pack({"nonce": self._asking.close(), "fault": _describe(error, self._module)})

    def _load(self, message: Message) -> None:
        name, text = message["name"], message["module"]
        filename = f"{name}.py"
        module = types.ModuleType(name)
        module.__file__ = filename
        if message.get("observe"):
            self._witness = Witness(filename, marshal.loads(message["given"]) if message["given"] else None)  # noqa: S302 - as below
        if message["given"] is not None:
            # Never registered anywhere by name: its globals are the reference's imports and put-in definitions alone.
            given = types.ModuleType("__given__")
            exec(marshal.loads(message["given"]), given.__dict__)  # noqa: S302 - written by the judge, same interpreter
            module.__dict__["__given__"] = _named(given)
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        sys.modules[name] = module
        self._module = module
        self._objects.clear()
        exec(compile(text, filename, "exec", dont_inherit=True), module.__dict__)

    def _test(self, message: Message) -> None:
        self._objects.clear()
        seed = message["seed"]
        random.seed(seed)
        np.random.seed(seed % 2**32)
        # torch.manual_seed also visits every accelerator and costs five times as much.
        torch.default_generator.manual_seed(seed % 2**63)

    def _call(self, message: Message) -> object:
        return self._find(message)(*message["args"], **message["kwargs"])

    def _again(self, message: Message) -> object:
        """Call a kept object: for what is called thousands of times, found once."""
        return self._objects[message["of"]](*message["args"])  # type: ignore[operator]

    def _environment(self, message: Message) -> object:
        return environment(self._asking, message)

    def _calls(self, message: Message) -> object:
        """Call once for each list of arguments: a clock must not count the way to and fro each time."""
        function = self._find(message)
        return [function(*args) for args in message["args"]]

    def _get(self, message: Message) -> object:
        return self._find(message)

    def _probe(self, message: Message) -> object:
        source, name = message["source"], message["name"]
        probe = self._probes.get(source)
        if probe is None:
            namespace: dict[str, Any] = {"torch": torch, "np": np, "math": math}
            if "gymnasium" in source:
                import gymnasium

                namespace["gymnasium"] = gymnasium
            code = compile(source, "<probe>", "exec", dont_inherit=True)
            if self._witness:
                self._witness.trust(code)
            exec(code, namespace)
            probe = self._probes[source] = namespace[name]
        return probe(self._module, *message["args"], **message["kwargs"])

    def _observed(self, _: Message) -> object:
        return self._witness.records() if self._witness else []

    def _device(self, message: Message) -> None:
        self._desk = placed.prepare(message["name"], message["share"])

    def _put(self, message: Message) -> object:
        return self._desk.put(message["calls"])

    def _run(self, message: Message) -> object:
        return self._desk.run(self._find(message), message["key"])

    def _drain(self, message: Message) -> None:
        self._desk.drain()

    def _find(self, message: Message) -> Any:
        """Walk from the module, or from a kept object, along a dotted path."""
        found: Any = self._module if message["on"] is None else message["on"]
        for name in filter(None, message["path"].split(".")):
            try:
                found = getattr(found, name)
            except AttributeError as error:
                if type(found) is types.ModuleType or isinstance(found, type):
                    raise _MissingError(name) from error
                raise
        return found

    def _keep(self, item: object) -> wire.Ref:
        if isinstance(item, types.ModuleType):
            raise wire.WireError("a module cannot cross")
        number, self._next_number = self._next_number, self._next_number + 1
        self._objects[number] = item
        return wire.Ref(number, type(item).__name__)


class _MissingError(Exception):
    """The student's module has no such definition."""


_OPERATIONS: dict[str, Callable[[Cell, Message], object]] = {
    "load": Cell._load,
    "test": Cell._test,
    "call": Cell._call,
    "again": Cell._again,
    "environment": Cell._environment,
    "calls": Cell._calls,
    "get": Cell._get,
    "probe": Cell._probe,
    "observed": Cell._observed,
    "device": Cell._device,
    "put": Cell._put,
    "run": Cell._run,
    "drain": Cell._drain,
}
# Not what the module does when it is imported: a check that stands there is no part of a task.
_WATCHED = ("call", "again", "calls", "run", "probe")


def _named(module: types.ModuleType) -> dict[str, object]:
    """Return the put-in definitions by dotted name: `attend`, `Attention`, `Attention.__init__`."""
    found: dict[str, object] = {}
    for name, value in vars(module).items():
        found[name] = value
        if isinstance(value, type) and value.__module__ == module.__name__:
            found |= {f"{name}.{member}": inner for member, inner in vars(value).items()}
    return found


def _describe(error: BaseException, module: types.ModuleType | None) -> dict[str, object]:
    """Return how the student's code ended: a kind, the exception's type, its text, and the student's own lines."""
    text = ""
    try:
        text = str(error)[:MAX_TEXT].encode(errors="replace").decode()
    except BaseException:  # noqa: BLE001 - __str__ of a student's exception is student code
        text = "(its text cannot be shown)"
    return {
        "kind": _kind(error, text, module),
        "type": type(error).__name__[:80],
        "builtin": type(error).__module__ == "builtins",
        "text": text,
        "line": getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None,
        "frames": _own_lines(error, module),
    }


def _kind(error: BaseException, text: str, module: types.ModuleType | None) -> str:
    if isinstance(error, AttributeError) and error.obj is module and module is not None:
        return "missing"  # a probe asked the module for what it does not define
    if isinstance(error, _MissingError) or (isinstance(error, NotImplementedError) and text.endswith(STARTER_MARK)):
        return "missing"
    if isinstance(error, wire.WireError):
        return "invalid"
    if isinstance(error, OSError) and error.errno in _KIND_BY_ERRNO:
        return _KIND_BY_ERRNO[error.errno]
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate memory" in text):
        return "memory"
    return "processes" if "can't start new thread" in text else "raised"


_KIND_BY_ERRNO = {
    errno.ENOMEM: "memory",
    errno.ENOSPC: "disk",
    errno.EDQUOT: "disk",
    errno.EFBIG: "disk",
    errno.EAGAIN: "processes",
}


def _own_lines(error: BaseException, module: types.ModuleType | None) -> list[list[object]]:
    if module is None:
        return []
    frames = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == module.__file__:
            source = linecache.getline(module.__file__, line).strip()
            frames.append([line, frame.f_code.co_name[:80], source[:200]])
    return frames[-5:]
