"""Turns a leash on a submission into something a grader calls like a module: `student.attend(q, k, v)`, handles, probes.

Calls go in as copies, values come out as copies. What is neither plain nor an array stays in the worker behind a `Handle`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import numpy as np
import torch

from grader import wire
from grader.assignment import Task
from grader.printable import printable
from grader.result import Failure, Verdict
from grader.sandbox.peak import Peak
from grader.sandbox.service import Service


class Leash(Protocol):
    """One worker, or the student's code in this process.

    `last_call` describes the latest call for messages, `remark` is what a check says of a test that passed, `lines` is how many
    the submission's file has. `kept` holds what checks keep of this submission from one test to the next; `service`, what it may
    ask for while it answers a call.
    """

    last_call: str
    remark: str
    lines: int
    task: Task | None
    kept: dict[str, Any]
    service: Service

    def restart(self, seed: int) -> None:
        """Seed anew, and give the limits of a whole test once more: for one more run of a training."""
        ...

    def ask(self, message: Mapping[str, Any]) -> Any:
        """Return the value that answers `message`; `Failure` when the student's code does not answer with one."""
        ...

    def cpu_s(self) -> float:
        """Return the CPU seconds that the submission has used."""
        ...

    def freeze(self) -> None:
        """Stop the submission while something else is measured."""
        ...

    def thaw(self) -> None:
        """Let the submission run again."""
        ...

    def peak(self) -> Peak:
        """Return what reads the memory of one call."""
        ...


@dataclass(frozen=True)
class Fault:
    """How a student's code ended, as the worker told it."""

    kind: str
    type: str
    builtin: bool
    text: str
    line: int | None
    frames: tuple[tuple[int, str, str], ...]


class Student:
    """The submission. Attributes are callables that run in the worker."""

    def __init__(self, leash: Leash) -> None:
        self._leash = leash

    def __getattr__(self, name: str) -> "Member":
        if name.startswith("__"):
            raise AttributeError(name)
        return Member(self._leash, None, name)

    def get(self, path: str) -> Any:
        """Return a value of the module by dotted name."""
        return _ask(self._leash, {"op": "get", "on": None, "path": path}, f"the value of {path}")


class _Opaque:
    """Refuse what would compare, test or iterate: the judge must never act on a verdict of the student's side."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _: object) -> bool:
        self._refuse("compared")

    def __bool__(self) -> bool:
        self._refuse("tested for truth")

    def __iter__(self) -> NoReturn:
        self._refuse("iterated")

    def __len__(self) -> int:
        self._refuse("measured")

    def __contains__(self, _: object) -> bool:
        self._refuse("searched")

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{self!r} lives in the worker and cannot be {what} here: ask for a value and weigh that")


class Member(_Opaque):
    """A callable of the submission: a function, a class, or a method of a kept object."""

    def __init__(self, leash: Leash, ref: wire.Ref | None, path: str) -> None:
        self._leash, self._ref, self._path = leash, ref, path

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Return what it returns in the worker; `Failure` where it does not return."""
        owner = f"{self._ref.type_name}." if self._ref else ""
        said = (
            f"{owner}{self._path}({describe_arguments(args, kwargs)})"
            if self._path
            else f"{owner}__call__({describe_arguments(args, kwargs)})"
        )
        message = {"op": "call", "on": self._ref, "path": self._path, "args": list(args), "kwargs": kwargs}
        return _ask(self._leash, message, said)

    def each(self, arguments: Sequence[Sequence[object]]) -> list[Any]:
        """Return what it returns for each of many arguments, asked for at once."""
        said = f"{self._path}({describe_arguments(tuple(arguments[0]), {})}), {len(arguments)} times"
        message = {"op": "calls", "on": self._ref, "path": self._path, "args": [list(each) for each in arguments]}
        answers = _ask(self._leash, message, said)
        if type(answers) is not list or len(answers) != len(arguments):
            raise Failure(Verdict.FORGED, "What came back from your code is not the answers to these calls.", detail="wrong number")
        return answers

    def __repr__(self) -> str:
        return f"<{self._path} of the submission>"

    @property
    def leash(self) -> Leash:
        """The worker behind this member; clocks read it from outside."""
        return self._leash


class Handle(_Opaque):
    """An object that lives in the worker: call it, call its methods, or `get` an attribute's value."""

    def __init__(self, leash: Leash, ref: wire.Ref) -> None:
        self._leash, self._ref = leash, ref

    def __getattr__(self, name: str) -> Member:
        if name.startswith("__"):
            raise AttributeError(name)
        return Member(self._leash, self._ref, name)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call the object itself."""
        return Member(self._leash, self._ref, "")(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<a {self._ref.type_name} of the submission>"

    def get(self, path: str) -> Any:
        """Return the value of an attribute by dotted name."""
        return _ask(self._leash, {"op": "get", "on": self._ref, "path": path}, f"the value of {self._ref.type_name}.{path}")

    @property
    def type_name(self) -> str:
        """The name of the object's class."""
        return self._ref.type_name


class Repeated:
    """A callable of the submission, found once and called thousands of times with positional arguments."""

    def __init__(self, agent: Member | Handle) -> None:
        self.leash, ref, path = agent._leash, agent._ref, agent._path if isinstance(agent, Member) else ""
        if path:
            found = _ask(self.leash, {"op": "get", "on": ref, "path": path}, f"{path}(…)")
            if not isinstance(found, Handle):
                raise Failure(Verdict.WRONG, f"{path} should be a function.", shown=f"It is {_describe(found)}.")
            ref = found._ref
        self._of = ref.number if ref else 0
        self.leash.last_call = f"{path or 'your agent'}(…)"

    def __call__(self, *args: object) -> Any:
        """Return what it returns in the worker; `Failure` where it does not return."""
        return self.leash.ask({"op": "again", "of": self._of, "args": list(args)})


def leash_of(student: Student) -> Leash:
    """Return the leash that a submission is held by."""
    return student._leash


def served_handle(leash: Leash, told: Mapping[str, Any], said: str) -> wire.Ref:
    """Make the worker's end of something that the judge serves; return the object there."""
    found = _ask(leash, {"op": "environment", **told}, said)
    if not isinstance(found, Handle):
        raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail="no environment")
    return found._ref


def run_probe(student: Student, name: str, source: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Any:
    """Run a probe's source in the worker and return its values."""
    message = {"op": "probe", "source": source, "name": name, "args": list(args), "kwargs": dict(kwargs)}
    return _ask(student._leash, message, f"{name}({describe_arguments(args, kwargs)})")


def put_calls(member: Member, calls: Sequence[Sequence[object]]) -> None:
    """Lay sealed arguments of calls out in the worker, on its device."""
    _ask(member.leash, {"op": "put", "calls": [list(call) for call in calls]}, f"{member._path} on a device")


def run_calls(member: Member, key: int) -> Any:
    """Call the member with what was put, opened by its key; return the list of what it returns."""
    message = {"op": "run", "on": member._ref, "path": member._path, "key": key}
    return _ask(member.leash, message, f"{member._path} on a device")


def drain(member: Member) -> None:
    """Have the worker wait for its device. Its word alone proves nothing."""
    _ask(member.leash, {"op": "drain"}, f"{member._path} on a device")


def outgoing(message: Mapping[str, Any], nonce: int) -> list[bytes | memoryview]:
    """Return the frame of a message to a worker."""
    return wire.pack({**message, "nonce": nonce}, opaque=_reference)


def incoming(leash: Leash, header: bytes | bytearray, blob: bytearray | memoryview, nonce: int, *, loading: bool = False) -> Any:
    """Return the value of a worker's reply, or what it asks before it replies.

    `Failure` where it tells a fault, and where what came does not bear the `nonce` of the latest frame that was sent.
    """
    try:
        reply = wire.unpack(header, blob, resolve=lambda ref: Handle(leash, wire.Ref(ref.number, printable(ref.type_name, 80))))
    except wire.WireError as error:
        raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail=str(error)) from error
    if not isinstance(reply, dict) or reply.get("nonce") != nonce or len(reply) != 2:
        raise Failure(Verdict.FORGED, "What came back from your code is not the answer to this call.", detail="wrong nonce or fields")
    if "value" in reply:
        return reply["value"]
    if "ask" in reply:
        return leash.service.question(reply["ask"])
    fault = _fault(reply.get("fault"), leash.lines)
    raise failure_to_load(fault) if loading else leash.service.explained(failure_of(fault))


def failure_of(fault: Fault) -> Failure:
    """Return what a fault means for the test. Only built-in exception names and the student's own lines are safe for a hidden test."""
    name = fault.type if fault.builtin else "an exception of its own"
    where = f" at line {fault.frames[-1][0]}" if fault.frames else ""  # a function's name may be made up from a hidden input
    shown = "\n".join(
        [f"  line {line}, in {function}: {source}" for line, function, source in fault.frames] + [f"{fault.type}: {fault.text}"]
    )
    messages = {
        "missing": (Verdict.MISSING, "This is not written yet: your file has no such definition, or still the starter's."),
        "invalid": (Verdict.INVALID, "What your code returns cannot leave its process."),
        "memory": (Verdict.MEMORY, f"Your code asked for more memory than a test may use{where}."),
        "disk": (Verdict.DISK, f"Your code wrote more to disk than a test may{where}."),
        "processes": (Verdict.PROCESSES, f"Your code started more processes or threads than a test may{where}."),
        "raised": (Verdict.RAISED, f"Your code raised {name}{where}."),
    }
    if fault.kind == "missing":
        shown = ""
    verdict, message = messages.get(fault.kind, (Verdict.FORGED, "What came back from your code is not an answer."))
    return Failure(verdict, message, shown=shown, detail=shown)


def failure_to_load(fault: Fault) -> Failure:
    """Return what a fault at import means: every test of the task gets it."""
    failure = failure_of(fault)
    if failure.verdict not in (Verdict.RAISED, Verdict.MISSING, Verdict.INVALID):
        return failure
    line = fault.line or (fault.frames[-1][0] if fault.frames else None)
    name = fault.type if fault.builtin else "an exception of its own"
    at = f" at line {line}" if line else ""
    return Failure(Verdict.INVALID, f"Your file does not import: {name}{at}.", shown=failure.shown, detail=failure.shown)


def describe_arguments(args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
    """Return arguments as a reader wants them: shapes and dtypes of arrays, the value of what is short."""
    return ", ".join([_describe(a) for a in args] + [f"{name}={_describe(a)}" for name, a in kwargs.items()])


def _describe(value: object) -> str:
    if isinstance(value, torch.Tensor | np.ndarray):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if isinstance(value, list | tuple):
        inner = ", ".join(map(_describe, value[:4])) + (", …" if len(value) > 4 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, dict):
        inner = ", ".join(f"{key!r}: {_describe(item)}" for key, item in list(value.items())[:4]) + (", …" if len(value) > 4 else "")
        return f"{{{inner}}}"
    if isinstance(value, Handle | Member):
        return repr(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _ask(leash: Leash, message: Mapping[str, Any], said: str) -> Any:
    leash.last_call = said
    return leash.ask(message)


def _reference(item: object) -> wire.Ref:
    if isinstance(item, Handle):
        return item._ref
    raise wire.WireError(f"a value of type {type(item).__name__} cannot be sent to a submission")


def _fault(raw: object, lines_in_file: int) -> Fault:
    """Return a fault from what a worker wrote, which may be anything; a line that the file does not have is no line."""
    if not isinstance(raw, dict):
        raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail="no value and no fault")
    frames = raw.get("frames")
    lines = tuple(
        (frame[0], clean(frame[1], 80), clean(frame[2], 200))
        for frame in (frames if isinstance(frames, list) else [])[:5]
        if isinstance(frame, list) and len(frame) == 3 and type(frame[0]) is int and 1 <= frame[0] <= lines_in_file
    )
    line = raw.get("line")
    return Fault(
        kind=str(raw.get("kind")),
        type=clean(raw.get("type"), 80),
        builtin=raw.get("builtin") is True and clean(raw.get("type"), 80) in _BUILTIN_EXCEPTIONS,
        text=clean(raw.get("text"), 500),
        line=line if type(line) is int and 1 <= line <= lines_in_file else None,
        frames=lines,
    )


def clean(text: object, length: int) -> str:
    """Return text of a student's side without control or direction characters, cut to `length`."""
    kept = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(text)[: length * 2])
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def _names(base: type[BaseException]) -> set[str]:
    return {base.__name__}.union(*(_names(sub) for sub in base.__subclasses__() if sub.__module__ == "builtins"))


_BUILTIN_EXCEPTIONS = frozenset(_names(BaseException))
