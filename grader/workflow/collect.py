"""Turns what a school's system gives out (a folder, a zip, a file) into receipts in the workspace."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from grader.archive import ending_of
from grader.arrivals import EXPECTED, Arrival, arrivals
from grader.assignment import load_assignment
from grader.claims import Naming
from grader.course import Course
from grader.desk import Desk, HandIn, Progress
from grader.errors import CourseError
from grader.lateness import shown_time, utc
from grader.owners import LMS, Owner, Owners
from grader.printable import printable
from grader.reports import CollectLine, CollectReport, Fate
from grader.times import Times, read_times
from grader.workspace import Refusal, Workspace


def collect(
    course: Course, workspace: Workspace, topic: str, source: Path, now: datetime, *, naming: Naming = Naming.AUTO, enrol: bool = False,
    received_at: datetime | None = None, times: Path | None = None, progress: Progress | None = None,
) -> CollectReport:  # fmt: skip
    """Take in what `source` holds for `topic`; what its files say of time is not believed.

    Each hand-in was received `now`, or at `received_at` (in the course's zone where it names none), or when the CSV `times`
    says of its student. Whose it is says its name: by the roster, if there is one; `enrol` writes newcomers into it.
    Collecting the same again changes nothing; another hand-in of a student is a new attempt. The source is never touched:
    what is refused, and what is of nobody in the roster, stays there, with its reason in the report.
    `CourseError` if there is nothing to collect, or if a time is in the future.
    """
    assignment = load_assignment(course, topic)
    owners = Owners(workspace.roster(), workspace.students(), course.topics, enrol=enrol)
    with arrivals(source, course.topics, topic, naming, owners.is_known) as found:
        if not found:
            raise CourseError(f"There is nothing to collect in {source}; {EXPECTED}.")
        hand_ins = [HandIn(arrival, _owner(arrival, owners, naming)) for arrival in found]
        clock = _times(course, owners, received_at, times, now)
        if owners.enrolled and owners.roster is not None:
            workspace.keep_roster(owners.roster)
        desk = Desk(course, workspace, assignment, clock)
        lines = tuple(desk.take_all(hand_ins, progress))
    _keep_refused(workspace, topic, lines, now)
    report = CollectReport(topic=topic, lines=lines, enrolled=owners.enrolled, notes=tuple(_notes(hand_ins, owners, clock, times)))
    return report if owners.roster is None else _with_missing(report, owners.roster.ids, desk)


def _owner(arrival: Arrival, owners: Owners, naming: Naming) -> Owner:
    if arrival.ignored:
        return Owner()
    if arrival.claim is None:
        return Owner(fault=f"is not named as {LMS[naming]} names files. Collect it with --names auto, or rename it after its student.")
    if not (arrival.is_folder or arrival.called or ending_of(arrival.names[0])):
        return Owner(fault=f"is nothing that is handed in; {EXPECTED}.")
    return owners.of(arrival.claim)


def _times(course: Course, owners: Owners, received_at: datetime | None, times: Path | None, now: datetime) -> Times:
    of_all = now if received_at is None else received_at
    if of_all.tzinfo is None:
        of_all = of_all.replace(tzinfo=course.zone)
    if utc(of_all) > utc(now):
        raise CourseError(f"{shown_time(of_all)} is in the future: nothing was received then. Is the zone right?")
    return Times(of_all=of_all) if times is None else read_times(times, of_all, owners.roster, course.zone, now)


def _keep_refused(workspace: Workspace, topic: str, lines: Sequence[CollectLine], now: datetime) -> None:
    """Keep what was not taken in, for the class's page, without what has been taken in since."""
    before = workspace.refused(topic)
    names = {line.name for line in lines}
    students = {line.student for line in lines if line.fate in (Fate.COLLECTED, Fate.KNOWN)}
    old = {refusal.name: refusal for refusal in before if refusal.name not in names and refusal.student not in students}
    new = {
        line.name: Refusal(name=line.name, student=line.student, reason=line.reason, seen_at=now)
        for line in lines
        if line.fate in (Fate.REFUSED, Fate.UNKNOWN)
    }
    if (after := (*old.values(), *new.values())) != before:
        workspace.keep_refused(topic, after)


def _notes(hand_ins: Sequence[HandIn], owners: Owners, clock: Times, times: Path | None) -> Iterator[str]:
    """Yield what is to be said about all of a collection."""
    namings = {arrival.claim.naming for arrival, owner in hand_ins if arrival.claim is not None and owner.student is not None}
    if owners.roster is None:
        for naming in sorted(namings & LMS.keys()):
            others = ", which are others in each assignment," if naming is Naming.MOODLE else ""
            yield f"There is no roster.csv: {LMS[naming]}'s numbers{others} are taken for ids. Begin a roster with --enrol."
    students = {owner.student.casefold() for _, owner in hand_ins if owner.student is not None}
    strangers = clock.strangers if owners.roster is not None else sorted(clock.given.keys() - students)
    if times is not None and strangers:
        shown = ", ".join(printable(name, 80) for name in strangers[:10]) + ("…" if len(strangers) > 10 else "")
        yield f"{printable(times.name, 80)} gives the times of {len(strangers)} whom nobody knows: {shown}"


def _with_missing(report: CollectReport, ids: Sequence[str], desk: Desk) -> CollectReport:
    """Return the report with those of the roster who have handed in nothing yet, not even what was refused."""
    seen = {line.student for line in report.lines} | desk.attempts.keys()
    return replace(report, roster=len(ids), missing=tuple(student for student in ids if student not in seen))
