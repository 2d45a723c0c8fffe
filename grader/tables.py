"""Turns a TOML file of an author into a checked dataclass, or into the list of all its faults."""

import difflib
import json
import tomllib
import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from grader.errors import CourseError

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""How an author's table is read: no key that is not a field, no type that is nearly right."""

T = TypeVar("T")
Location = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Checked(Generic[T]):
    """A table as a dataclass, without its faulty keys; `value` is None where it needs one of them."""

    value: T | None
    faults: tuple[str, ...]
    faulty_keys: frozenset[str] = frozenset()


def read_table(path: Path) -> dict[str, Any]:
    """Return the TOML of `path`; `CourseError` with the line if it is absent, no text or no TOML."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}. Is the folder complete?") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path} is not TOML: {error}.") from error


def check_table(kind: type[T], table: Mapping[str, Any], set_by_us: Mapping[str, Any] | None = None) -> Checked[T]:
    """Check `table` against the dataclass `kind`; the fields `set_by_us` are no keys of the file."""
    ours = dict(set_by_us or {})
    faults = [f"{key}: this key is not set in a file" for key in table if key in ours]
    data = json.loads(json.dumps({**table, **ours}, default=_not_json))
    adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]
    faulty_keys: set[str] = set()
    for _ in range(2):  # the second time without the faulty keys, so that rules across keys can still be checked
        try:
            value = adapter.validate_json(json.dumps(data))
        except ValidationError as error:
            errors = error.errors(include_url=False)
            if faulty_keys:
                break
            faults += [_fault(kind, data, item["loc"], item, ours) for item in errors]
            faulty_keys |= {str(step) for item in errors for step in item["loc"]}
            _prune(data, [item["loc"] for item in errors])
        else:
            return Checked(value=value, faults=tuple(faults), faulty_keys=frozenset(faulty_keys))
    return Checked(value=None, faults=tuple(faults), faulty_keys=frozenset(faulty_keys))


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return what checks against `kind`; making it costs more than a hundred checks."""
    return TypeAdapter(kind)


def refuse(path: Path, faults: Sequence[str]) -> None:
    """Raise the `CourseError` of a file with `faults`; return if there are none."""
    if faults:
        name = f"{path.parent.name}/{path.name}"
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise CourseError(f"{path} has {count}:", [f"{name}: {fault}" for fault in faults])


def suggestion(word: str, possible: Collection[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of `possible`, or nothing."""
    near = difflib.get_close_matches(word, possible, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _fault(kind: type, data: Mapping[str, Any], location: Location, error: Mapping[str, Any], ours: Collection[str]) -> str:
    where = _where(data, location)
    if error["type"] == "unexpected_keyword_argument":
        allowed = [key for key in _keys_at(kind, location[:-1]) if key not in ours]
        return f"{where}: no such key{suggestion(str(location[-1]), allowed) or '.'} Allowed: {', '.join(allowed)}"
    if error["type"] == "missing":
        return f"{where}: is missing"
    wanted = str(error["msg"]).removeprefix("Input should be ").replace("an object", "a table").replace("a valid dictionary", "a table")
    return f"{where}: found {_short(error['input'])}, expected {wanted}"


def _where(data: Any, location: Location) -> str:
    """Return the key path in the words of the file: `task 3 (attend).points.gradient`."""
    words: list[str] = []
    for step in location:
        data = _step(data, step)
        if isinstance(step, int):
            label = next(
                (data[key] for key in ("entry", "id") if isinstance(data, dict) and isinstance(data.get(key), str)),
                None,
            )
            words[-1] += f" {step + 1}" + (f" ({label})" if label else "")
        elif step != "[key]":
            words.append(step)
    return ".".join(words)


def _step(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _keys_at(kind: Any, location: Location) -> list[str]:
    for step in location:
        kind = _bare(kind)
        # Of a tuple the type of its items, of a mapping that of its values.
        kind = _field_types(kind)[step] if is_dataclass(kind) else get_args(kind)[0 if isinstance(step, int) else 1]
    return [str(key) for key in _field_types(kind)]


def _field_types(kind: Any) -> dict[str | int, Any]:
    """Return the type of each key of the dataclass `kind`, under the name it has in the file."""
    kind = _bare(kind)
    hints = get_type_hints(kind, include_extras=True)
    return {_alias(hints[field.name]) or field.name: hints[field.name] for field in fields(kind)}


def _alias(hint: Any) -> str | None:
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((note.alias for note in notes if isinstance(note, FieldInfo)), None)


def _bare(kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return next(_bare(option) for option in get_args(kind) if is_dataclass(option))
    return kind


def _prune(data: Any, locations: Sequence[Location]) -> None:
    # From the end of the file, so that removing an item leaves the numbers of those before it as they were.
    for location in sorted({_deepest(location) for location in locations}, key=_order, reverse=True):
        parent = data
        for step in location[:-1]:
            parent = _step(parent, step)
        if _step(parent, location[-1]) is not None:
            del parent[location[-1]]


def _order(location: Location) -> list[tuple[str, int]]:
    return [("", step) if isinstance(step, int) else (step, 0) for step in location]


def _deepest(location: Location) -> Location:
    return location[:-1] if location[-1] == "[key]" else location


def _not_json(value: object) -> str | dict[str, str]:
    return value.isoformat() if isinstance(value, datetime) else {"date": str(value)}


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
