"""Turns a reference into programs that know nothing of the topic: *zeros*, *echo*, *parrot* and *strange* ones must earn no point.

Each is the reference with every task's definition wrapped, so that shapes come out right without any thought.
The strange ones answer with another kind of value: no test may stumble over it, for that would be a fault of the harness.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from grader import splice

STRANGE: Mapping[str, str] = MappingProxyType({
    "nothing": "None",
    "number": "0.5",
    "text": "'0.5'",
    "pair": "(0.5, None)",
    "object": "_hashlib.sha256()",
    "class": "_torch.nn.Linear",
})  # fmt: skip
"""Values of a kind that few tasks ask for, by name; an object and a class stay behind a handle."""

_TOOLS = """

import hashlib as _hashlib
import numpy as _np
import torch as _torch

_KNOWN = frozenset({known})


def _digest(*values):
    digest = _hashlib.sha256()

    def add(value):
        digest.update(type(value).__name__.encode())
        if isinstance(value, _torch.Tensor):
            value = value.detach().cpu().numpy()
        if isinstance(value, _np.ndarray):
            digest.update(str((value.dtype, value.shape)).encode() + _np.ascontiguousarray(value).tobytes())
        elif isinstance(value, (list, tuple)):
            for item in value:
                add(item)
        elif isinstance(value, dict):
            for name, item in value.items():
                add([name, item])
        elif isinstance(value, _torch.nn.Module):
            add(dict(value.state_dict()))
        elif hasattr(value, "__dict__"):
            add(vars(value))
        else:
            digest.update(repr(value).encode())

    add(values)
    return digest.hexdigest()


def _zeros(value):
    if isinstance(value, (_torch.Tensor, _np.ndarray)):
        return (_torch if isinstance(value, _torch.Tensor) else _np).zeros_like(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_zeros(item) for item in value)
    if isinstance(value, dict):
        return {{name: _zeros(item) for name, item in value.items()}}
    return type(value)(0) if isinstance(value, (bool, int, float)) else value


def _wrapped(function, is_method):
    def wrapper(*args, **kwargs):
        {body}

    return wrapper


for _entry in {entries}:
    _owner, _, _name = _entry.rpartition(".")
    if _owner:
        setattr(globals()[_owner], _name, _wrapped(vars(globals()[_owner])[_name], True))
    elif isinstance(globals()[_entry], type):
        for _name, _function in list(vars(globals()[_entry]).items()):
            if callable(_function) and _name != "__init__":
                setattr(globals()[_entry], _name, _wrapped(_function, True))
    else:
        globals()[_entry] = _wrapped(globals()[_entry], False)
"""


def zeros(reference: str, entries: Sequence[str]) -> str:
    """Return a module that answers everything with zeros of the right shape."""
    return _program(reference, entries, "return _zeros(function(*args, **kwargs))")


def echo(reference: str, entries: Sequence[str]) -> str:
    """Return a module that answers everything with its first argument."""
    return _program(reference, entries, "return [*args[is_method:], *kwargs.values(), None][0]")


def strange(reference: str, entries: Sequence[str], value: str) -> str:
    """Return a module that answers everything with one of the values of `STRANGE`."""
    return _program(reference, entries, f"return {value}")


def parrot(reference: str, entries: Sequence[str], known: Iterable[str]) -> str:
    """Return a module that gives the reference's answer where it has seen the input, zeros otherwise."""
    body = "return function(*args, **kwargs) if _digest(args, kwargs) in _KNOWN else _zeros(function(*args, **kwargs))"
    return _program(reference, entries, body, sorted(known))


def recorder(reference: str, entries: Sequence[str], log: str) -> str:
    """Return a module that answers as the reference does and writes the digest of every input to the file `log`."""
    body = (
        f"with open({log!r}, 'a') as log:\n            log.write(_digest(args, kwargs) + chr(10))\n        return function(*args, **kwargs)"
    )
    return _program(reference, entries, body)


def one_task(stub: str, reference: str, entry: str) -> str:
    """Return the starter with the reference's definition of one task."""
    return splice.overlay(stub, splice.extract(reference, [entry]))


def _program(reference: str, entries: Sequence[str], body: str, known: Sequence[str] = ()) -> str:
    return reference + _TOOLS.format(known=list(known), entries=list(entries), body=body)
