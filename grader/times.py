"""Turns what a school's system says of when hand-ins reached it into the time of each student's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from grader.lateness import shown_time, utc
from grader.printable import printable
from grader.roster import Roster
from grader.sheets import Row, read_sheet
from grader.tables import refuse

COLUMNS = ("id", "received_at")


@dataclass(frozen=True, kw_only=True)
class Times:
    """When hand-ins were received: `of_all`, but for the students whose own time a file gives, by id in small letters."""

    of_all: datetime
    given: Mapping[str, datetime] = field(default_factory=dict)
    strangers: tuple[str, ...] = ()  # the file's ids of whom the roster knows nothing

    def of(self, student: str) -> datetime:
        """Return when the hand-in of a student was received."""
        return self.given.get(student.casefold(), self.of_all)


def read_times(path: Path, of_all: datetime, roster: Roster | None, zone: tzinfo, now: datetime) -> Times:
    """Return the times that the CSV `path` gives by id or lms_id, in `zone` where they name none; an empty time is none.

    `CourseError` lists every line with no time in it, with one in the future, or with another time for the same student.
    """
    rows = [row for row in read_sheet(path, COLUMNS) if row.cells["received_at"]]
    moments = [_moment(row.cells["received_at"], zone) for row in rows]
    people = [_id(row.cells["id"], roster) for row in rows]
    refuse(path, list(_faults(rows, moments, people, now)))
    given = {person.casefold(): moment for person, moment in zip(people, moments, strict=True) if moment is not None}
    strangers = tuple(person for person in people if roster is not None and not roster.has(person))
    return Times(of_all=of_all, given=given, strangers=strangers)


def _moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _id(word: str, roster: Roster | None) -> str:
    person = roster.who(word).person if roster is not None else None
    return word if person is None else person.id


def _faults(rows: Sequence[Row], moments: Sequence[datetime | None], people: Sequence[str], now: datetime) -> Iterator[str]:
    first: dict[str, tuple[int, datetime]] = {}
    for row, moment, person in zip(rows, moments, people, strict=True):
        if moment is None:
            shown = printable(row.cells["received_at"], 40)
            yield f"line {row.line}: received_at is '{shown}', expected a time such as 2026-11-29 23:40 or 2026-11-29T23:40+08:00"
        elif utc(moment) > utc(now):
            yield f"line {row.line}: {shown_time(moment)} is in the future"
        elif not person:
            yield f"line {row.line}: the id is missing"
        elif (before := first.setdefault(person.casefold(), (row.line, moment)))[1] != moment:
            yield f"line {row.line}: line {before[0]} gives another time for {printable(person, 80)}"
