"""Turns roster.csv into the people of a course, and the name or number that a file bears into one of them."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from grader.printable import printable
from grader.sheets import Row, read_sheet, sheet
from grader.tables import refuse

COLUMNS = ("id", "name", "email", "lms_id")

STUDENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
"""What a student is called: a name that is safe as a file name everywhere, but for those that Windows keeps."""

WINDOWS = frozenset({"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in "123456789")})


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the course. `lms_ids` are the numbers that Canvas or Moodle put into the names of their files."""

    id: str
    name: str = ""
    email: str = ""
    lms_ids: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)  # columns that are not ours, kept as they are


class By(StrEnum):
    """What somebody was found by."""

    LMS_ID = "lms_id"
    ID = "id"
    NAME = "name"


@dataclass(frozen=True, kw_only=True)
class Match:
    """Whose something is: `person`, found `by`. Without one, `doubt` says between whom it cannot be told, or nothing: nobody has it."""

    person: Person | None = None
    by: By | None = None
    doubt: str = ""
    is_named_otherwise: bool = False  # found by a number, and the file bears a name that nobody has


@dataclass(frozen=True)
class Roster:
    """The people of a course, in the order of the file."""

    people: tuple[Person, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id."""
        return tuple(person.id for person in self.people)

    def has(self, word: str) -> bool:
        """Tell whether `word` is somebody's id or lms_id."""
        return bool(self._by_id.get(word.casefold()) or self._by_lms_id.get(word.casefold()))

    def who(self, number: str, names: Sequence[str] = (), *, of_an_lms: bool = False) -> Match:
        """Return whose a file is that bears `number` (an id, or an LMS's number) and one of `names`, the likeliest first.

        An lms_id was written for this and is believed. A number of an LMS that is an id only by chance is not: it is in doubt
        where the name is somebody else's. A name is believed where exactly one person has it, its words in any rotation.
        """
        named = self._named(names)
        for by, index in self._indexes(of_an_lms):
            found = index.get(number.casefold(), ())
            if len(found) == 1 and of_an_lms and by is By.ID and named and found[0] not in named:
                return Match(doubt=f"{number} is the id of {found[0].id}, but the name is that of {_ids(named)}")
            if found:
                return _match(found, by, of_an_lms and by is By.ID and bool(names) and bool(found[0].name) and not named)
        return _match(named, By.NAME) if named else Match()

    def _indexes(self, of_an_lms: bool) -> Iterator[tuple[By, Mapping[str, tuple[Person, ...]]]]:
        """Yield what a number is looked up in: a school's own ids and an LMS's numbers may be alike."""
        both = [(By.LMS_ID, self._by_lms_id), (By.ID, self._by_id)]
        yield from both if of_an_lms else reversed(both)

    def _named(self, names: Sequence[str]) -> tuple[Person, ...]:
        found = (self._by_name.get(letters(name), ()) for name in names)
        return next((people for people in found if people), ())

    @cached_property
    def _by_id(self) -> Mapping[str, tuple[Person, ...]]:
        return _index((person.id.casefold(), person) for person in self.people)

    @cached_property
    def _by_lms_id(self) -> Mapping[str, tuple[Person, ...]]:
        return _index((number.casefold(), person) for person in self.people for number in person.lms_ids)

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Person, ...]]:
        return _index((key, person) for person in self.people for key in _keys(person.name))


def read_roster(path: Path) -> Roster:
    """Return the people of roster.csv; `CourseError` lists every line that is no person of its own."""
    rows = read_sheet(path, ("id",))
    refuse(path, list(_faults(rows)))
    return Roster(tuple(_person(row) for row in rows))


def roster_csv(roster: Roster) -> bytes:
    """Return roster.csv, which `read_roster` reads back; columns that are not ours stand behind ours."""
    columns = dict.fromkeys((*COLUMNS, *(column for person in roster.people for column in person.more)))
    rows = (
        {**person.more, "id": person.id, "name": person.name, "email": person.email, "lms_id": " ".join(person.lms_ids)}
        for person in roster.people
    )
    return sheet(tuple(columns), rows)


def id_fault(word: str) -> str:
    """Say why `word` can be no student's id; nothing where it can."""
    if not STUDENT.fullmatch(word):
        return f"'{printable(word, 80)}' is no name of a student; expected 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"
    if word.casefold().partition(".")[0] in WINDOWS:
        return f"'{word}' is no name of a student: Windows keeps it for a device"
    return f"'{word}' is no name of a student: Windows drops the dot at its end" if word.endswith(".") else ""


def letters(name: str) -> str:
    """Return a name as Canvas spells it in a file: small, without spaces, marks and accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    # Accents alone: in other scripts a combining mark may be a vowel.
    return "".join(char for char in plain if char.isalnum() or (unicodedata.category(char)[0] == "M" and not "\u0300" <= char <= "\u036f"))


def _match(found: tuple[Person, ...], by: By, is_named_otherwise: bool = False) -> Match:
    if len(found) > 1:
        return Match(doubt=f"{len(found)} people in roster.csv have this {by}: {_ids(found)}")
    return Match(person=found[0], by=by, is_named_otherwise=is_named_otherwise)


def _ids(people: Sequence[Person]) -> str:
    more = f" and {len(people) - 4} more" if len(people) > 4 else ""
    return ", ".join(person.id for person in people[:4]) + more


def _index(pairs: Iterable[tuple[str, Person]]) -> Mapping[str, tuple[Person, ...]]:
    found: defaultdict[str, dict[str, Person]] = defaultdict(dict)
    for key, person in pairs:
        found[key][person.id] = person
    return {key: tuple(people.values()) for key, people in found.items()}


def _keys(name: str) -> set[str]:
    """Return the letters of a name in every rotation of its words: 'Jane van Doe' is 'vandoejane' where the last name stands first."""
    words = [word for word in map(letters, re.split(r"[\s,]+", name)) if word]
    return {"".join(words[i:] + words[:i]) for i in range(len(words))}


def _faults(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what is wrong, line by line; an id in other capitals is the same, for some systems cannot tell them apart."""
    ids: dict[str, int] = {}
    lms_ids: dict[str, int] = {}
    for row in rows:
        name = row.cells["id"]
        if fault := id_fault(name):
            yield f"line {row.line}: {fault}"
        elif (first := ids.setdefault(name.casefold(), row.line)) != row.line:
            yield f"line {row.line}: the id {name} is that of line {first}"
        for number in row.cells.get("lms_id", "").split():
            if (first := lms_ids.setdefault(number.casefold(), row.line)) != row.line:
                yield f"line {row.line}: the lms_id {printable(number, 80)} is that of line {first}"


def _person(row: Row) -> Person:
    cells = row.cells
    return Person(
        id=cells["id"],
        name=cells.get("name", ""),
        email=cells.get("email", ""),
        lms_ids=tuple(cells.get("lms_id", "").split()),
        more={column: cell for column, cell in cells.items() if column not in COLUMNS},
    )
