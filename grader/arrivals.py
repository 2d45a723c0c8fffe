"""Turns a folder, a zip or a file that a school's system gave out into hand-ins, not read yet."""

import re
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO

from grader.archive import (
    BROKEN,
    DEFAULT_CAPS,
    IGNORED,
    MODULES,
    Caps,
    Member,
    ending_of,
    folder_members,
    hold,
    read_file,
    zip_members,
)  # fmt: skip
from grader.claims import Claim, Naming, claim
from grader.errors import CourseError, SubmissionError
from grader.printable import printable
from grader.submission import ANSWERS

EXPECTED = "expected one of student-01/, student-01.py, student-01.ipynb, student-01.zip or student-01.tar.gz for each student"

_LONG_NAMES = Caps(name_chars=255)  # an LMS puts a full name and numbers before a file's own


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One hand-in: what it is called in the source, what its name says (None: not what was asked for), and how to read it.

    `read` returns its files as they came. `called` says of the files that an LMS renamed what the student called those that
    count; it is empty for a lone file and for a folder with names of its own.
    """

    names: tuple[str, ...]
    claim: Claim | None
    is_folder: bool
    read: Callable[[], dict[str, bytes]]
    called: Mapping[str, str]
    note: str = ""
    ignored: str = ""  # why it is no hand-in at all

    @property
    def name(self) -> str:
        """What it is called, safe to print; of several files the first names."""
        more = f" and {len(self.names) - 4} more" if len(self.names) > 4 else ""
        return ", ".join(printable(name, 200) for name in self.names[:4]) + more


@dataclass(frozen=True)
class _Thing:
    """A file or a folder at the top of the source."""

    name: str
    is_folder: bool
    read: Callable[[], dict[str, bytes]]
    members: Callable[[], Iterator[Member]]


@contextmanager
def arrivals(source: Path, topics: Sequence[str], topic: str, naming: Naming, is_known: Callable[[str], bool]) -> Iterator[list[Arrival]]:
    """Give the hand-ins that stand in `source`, unread; a zip stays open meanwhile.

    The files that an LMS took from one hand-in are one again. Under `Naming.AUTO` a plain name that is `known` is just that,
    whatever else it looks like. What systems leave in folders is nothing. `CourseError` if there is no source.
    """
    if not source.exists():
        raise CourseError(f"{source} does not exist; {EXPECTED}, in a folder or a zip.")
    stems = {*topics, Path(ANSWERS).stem}
    if source.is_dir():
        yield list(_gathered(map(_on_disk, sorted(source.iterdir())), stems, naming, is_known))
    elif ending_of(source.name) == ".zip":
        with _opened_zip(source) as archive:
            things = [_on_disk(source)] if _is_of_one_student(archive, topic) else list(_in_zip(archive))
            yield list(_gathered(iter(things), stems, naming, is_known))
    else:
        yield list(_gathered(iter([_on_disk(source)]), stems, naming, is_known))


def _on_disk(path: Path) -> _Thing:
    if path.is_dir() and not path.is_symlink():
        return _Thing(path.name, True, lambda: hold(folder_members(path)), lambda: folder_members(path))
    member = Member(path.name, "", lambda: _open_file(path))
    return _Thing(path.name, False, lambda: {path.name: read_file(path)}, lambda: iter([member]))


def _open_file(path: Path) -> IO[bytes]:
    return BytesIO(read_file(path))


def _opened_zip(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except BROKEN as error:
        raise SubmissionError(f"{source} cannot be opened: {printable(str(error), 120)}. Download it again.") from error


def _is_of_one_student(archive: zipfile.ZipFile, topic: str) -> bool:
    own = {f"{topic}{ending}" for ending in MODULES}
    return any(name.removeprefix(f"{topic}/") in own for name in archive.namelist())


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Thing]:
    """Yield each top-level file and folder of a zip; each is read, and refused, for itself."""
    folders: dict[str, list[Member]] = {}
    for member in zip_members(archive):
        top, slash, rest = member.name.partition("/")
        if slash:
            folders.setdefault(top, []).extend([member._replace(name=rest)] if rest else [])
        else:
            yield _thing(top, False, [member])
    for name, members in folders.items():
        yield _thing(name, True, members)


def _thing(name: str, is_folder: bool, members: Sequence[Member]) -> _Thing:
    return _Thing(name, is_folder, lambda: _held(iter(members)), lambda: iter(members))


def _held(members: Iterator[Member], caps: Caps = DEFAULT_CAPS) -> dict[str, bytes]:
    try:
        return hold(members, caps)
    except BROKEN as error:
        raise SubmissionError(f"it is damaged: {printable(str(error), 120)}. Download it again.") from error


def _gathered(
    things: Iterator[_Thing], stems: set[str], naming: Naming, is_known: Callable[[str], bool]
) -> Iterator[Arrival]:  # fmt: skip
    """Yield arrivals in the order of their first file."""
    groups: dict[object, list[tuple[_Thing, Claim | None]]] = {}
    for thing in things:
        if _is_litter(thing.name):
            continue
        says = _claim(thing, naming, is_known)
        groups.setdefault(_key(thing, says), []).append((thing, says))
    for group in groups.values():
        yield _arrival(group, stems)


def _is_litter(name: str) -> bool:
    return name in IGNORED or name.startswith("._")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and bool(name.strip("."))


def _claim(thing: _Thing, naming: Naming, is_known: Callable[[str], bool]) -> Claim | None:
    plain = claim(thing.name, thing.is_folder, Naming.PLAIN)
    if naming is Naming.AUTO and plain is not None and is_known(plain.number):
        return plain
    return claim(thing.name, thing.is_folder, naming)


def _key(thing: _Thing, says: Claim | None) -> object:
    """Return what the files of one hand-in have in common: their person, where an LMS named them; a thing alone has only itself."""
    if says is None or says.naming is Naming.PLAIN or says.text or thing.is_folder or _is_hidden(thing.name):
        return object()
    return says.naming, says.number, says.people


def _arrival(group: Sequence[tuple[_Thing, Claim | None]], stems: set[str]) -> Arrival:
    thing, says = group[0]
    if _is_hidden(thing.name):
        return _alone(thing, says, "is hidden: its name begins with a dot. If it is a hand-in, rename it.")
    if says is not None and says.text:
        return _alone(thing, says, f"is {says.text}; nothing in it is graded.")
    if says is None or thing.is_folder or not says.original:
        return _alone(thing, says)
    called, note = _called({thing.name: of for thing, of in group if of is not None}, stems)
    return Arrival(
        names=tuple(thing.name for thing, _ in group),
        claim=replace(says, is_late=any(of is not None and of.is_late for _, of in group)),
        is_folder=False,
        read=partial(_read_all, [thing for thing, _ in group]),
        called=called,
        note=note,
    )


def _alone(thing: _Thing, says: Claim | None, ignored: str = "") -> Arrival:
    return Arrival(names=(thing.name,), claim=says, is_folder=thing.is_folder, read=thing.read, called={}, ignored=ignored)


def _read_all(things: Sequence[_Thing]) -> dict[str, bytes]:
    return _held((member for thing in things for member in thing.members()), _LONG_NAMES)


def _called(claims: Mapping[str, Claim], stems: set[str]) -> tuple[dict[str, str], str]:
    """Return what the student called each file that counts, and a sentence where a later one takes the place of an earlier."""
    originals = {of.original for of in claims.values()}
    versions: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for name, of in claims.items():
        plain, count = _version(of.original, originals, stems) if of.naming is Naming.CANVAS else (of.original, 0)
        versions[plain].append((count, of.upload, name))
    newest = {unicodedata.normalize("NFC", max(same)[2]): plain for plain, same in versions.items()}
    notes = [_succession([claims[name].original for _, _, name in sorted(same)]) for same in versions.values() if len(same) > 1]
    return newest, "; ".join(notes)


def _version(original: str, originals: set[str], stems: set[str]) -> tuple[str, int]:
    """Return a name without the number that Canvas puts into it when a file is handed in again, and the number.

    `part-2.py` is no version unless there is a `part.py`, or `part` is a name that we asked for.
    """
    found = re.fullmatch(r"(.+)-([0-9]{1,3})(\.tar\.gz|\.[^.]*)", original, re.DOTALL)
    if found and (found[1] in stems or found[1] + found[3] in originals):
        return found[1] + found[3], int(found[2])
    return original, 0


def _succession(names: Sequence[str]) -> str:
    older = ", ".join(printable(name, 80) for name in names[:-1])
    return f"{printable(names[-1], 80)} counts, which Canvas numbered after {older}"
