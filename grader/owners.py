"""Turns what names claim into the students whose hand-ins they are."""

from collections.abc import Collection
from dataclasses import dataclass

from grader.claims import Claim, Naming
from grader.printable import printable
from grader.roster import By, Match, Person, Roster, id_fault
from grader.tables import suggestion

LMS = {Naming.CANVAS: "Canvas", Naming.MOODLE: "Moodle"}


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose a hand-in is: `student`, with a word on how that is known; or why nobody can say, and whether the roster is what lacks."""

    student: str | None = None
    note: str = ""
    fault: str = ""
    is_unknown: bool = False


class Owners:
    """Says whose things are, and remembers newcomers where they are to be enrolled."""

    def __init__(self, roster: Roster | None, students: Collection[str], topics: Collection[str], *, enrol: bool) -> None:
        self._roster = Roster() if roster is None and enrol else roster
        self._topics, self._enrol = topics, enrol
        self._newcomers: dict[str, Person] = {}
        self._students = {**{student.casefold(): student for student in sorted(students)}, **{student: student for student in students}}

    @property
    def roster(self) -> Roster | None:
        """The roster, newcomers at its end; None where there is none."""
        return None if self._roster is None else Roster((*self._roster.people, *self._newcomers.values()))

    @property
    def enrolled(self) -> tuple[str, ...]:
        """The newcomers."""
        return tuple(person.id for person in self._newcomers.values())

    def is_known(self, word: str) -> bool:
        """Tell whether a word is the id of somebody: in the roster, or who handed in before."""
        return word.casefold() in self._students or (self._roster is not None and self._roster.has(word))

    def of(self, claim: Claim) -> Owner:
        """Return whose the hand-in with this claim is."""
        of_an_lms = claim.naming is not Naming.PLAIN
        if not of_an_lms and claim.number in self._topics:
            return Owner(fault="is named for a topic, so nobody knows whose it is. Rename it after the student.")
        match = self._roster.who(claim.number, claim.people, of_an_lms=of_an_lms) if self._roster is not None else Match()
        if match.person is not None:
            return Owner(student=match.person.id, note=_note(claim, match))
        if fault := self._fault(claim):
            return fault
        if self._roster is None:
            return Owner(student=self._spelt(claim.number))
        if self._enrol and not match.doubt:
            return Owner(student=self._enrolled(claim), note="enrolled")
        return Owner(fault=self._unknown(claim, match), is_unknown=True)

    def _fault(self, claim: Claim) -> Owner | None:
        """Return why the claim names no student whatever the roster says."""
        if claim.number or claim.naming is Naming.PLAIN:
            fault = id_fault(claim.number)
            return Owner(fault=f"{fault}.") if fault else None
        who = f"is of '{printable(claim.people[0], 80)}' and bears no number, as what a group hands in"
        return Owner(fault=f"{who}. Rename it after one student.")

    def _spelt(self, number: str) -> str:
        """Return the id as it was first written: some systems cannot tell `Ann` from `ann`."""
        return self._students.get(number) or self._students.setdefault(number.casefold(), number)

    def _enrolled(self, claim: Claim) -> str:
        of_an_lms = claim.naming is not Naming.PLAIN
        name = printable(claim.people[0], 200) if of_an_lms and claim.people else ""
        person = Person(id=self._spelt(claim.number), name=name, lms_ids=(claim.number,) if of_an_lms else ())
        return self._newcomers.setdefault(person.id.casefold(), person).id

    def _unknown(self, claim: Claim, match: Match) -> str:
        number = printable(claim.number, 80)
        if match.doubt:
            return f"{match.doubt}. Write {number} into the lms_id of whose it is."
        if claim.naming is Naming.PLAIN:
            near = suggestion(number, self._roster.ids) if self._roster is not None else ""
            return f"nobody in roster.csv has the id {number}{near or '.'} Add a line to roster.csv, or collect with --enrol."
        name = f" or the name {printable(claim.people[0], 80)}" if claim.people else ""
        start = f"nobody in roster.csv has {LMS[claim.naming]}'s number {number}{name}"
        return f"{start}. Write {number} into the lms_id of whose it is, or collect with --enrol."


def _note(claim: Claim, match: Match) -> str:
    if match.by is By.NAME:
        return "by name"
    name = printable(claim.people[0], 80) if claim.people else ""
    return f"by the number {claim.number}, though the name {name} is not that of roster.csv" if match.is_named_otherwise else ""
