"""Turns the pages of a class into rows of nbgrader's gradebook."""

import csv
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from grader.assignment import WRITTEN
from grader.errors import CourseError, HarnessError
from grader.exhibit import grade_id, part_of
from grader.ledger import Entered, Entry, Given, Marked, Page
from grader.printable import printable
from grader.roster import Person
from grader.sheets import OBEYED

try:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader import api
    from nbgrader.dbutil import ALEMBIC_DIR
    from nbgrader.plugins import CsvExportPlugin
    from sqlalchemy import Column, Select, String, Table, Text, create_engine, delete, inspect, make_url, select, text
    from sqlalchemy import MetaData as Tables
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
    from sqlalchemy.orm import Session
except ImportError as error:
    raise CourseError(f'A gradebook needs nbgrader ({error.name} is missing): pip install "ml-course-grader[instructor]"') from error

WAITS_S = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Between two tries at a book that is locked."""

PATIENCE_S = 5.0
"""How long SQLite itself waits in each try."""

LOCK = 0x67726164
"""Names the recorders' lock in PostgreSQL."""

COURSE = "default_course"
"""What nbgrader calls the course of a book that holds one."""

LONGEST = 128
"""Of a name in nbgrader's tables."""

_SEEN = Table(
    "grader_seen",
    Tables(),
    Column("submission_id", String(32), primary_key=True),  # a row of nbgrader's submitted_assignment
    Column("submission", String(LONGEST), nullable=False),
    Column("answer", String(LONGEST), nullable=False),
    Column("given", Text, nullable=False),  # what people had given by hand when we last looked
)
"""Beside nbgrader's tables: what each submission in the book is, so that a mark by hand is known to be for it."""

Found = TypeVar("Found")


class Book:
    """nbgrader's gradebook at a URL, made where there is none. Each call is one transaction; a locked book is tried again.

    A submission that is replaced gets new ids: who still looks at the old one in formgrader cannot mark the new one unseen.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            if parsed.drivername in ("postgres", "postgresql"):
                parsed = parsed.set(drivername="postgresql+psycopg2")  # SQLAlchemy's own choice is a driver that nobody installed
            self._is_sqlite = parsed.get_backend_name() == "sqlite"
            if self._is_sqlite and parsed.database:
                parsed = parsed.set(database=str(Path(parsed.database).absolute()))  # formgrader starts in another folder
            self._engine = create_engine(parsed, connect_args={"timeout": PATIENCE_S} if self._is_sqlite else {})
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise CourseError(f"This is no URL of a book: {error}. Write sqlite:///FILE or postgresql+psycopg2://…") from error
        self.url, self.name = parsed.render_as_string(hide_password=False), parsed.render_as_string(hide_password=True)
        self._run(_make)

    def close(self) -> None:
        """Let go of the book."""
        self._engine.dispose()

    def enroll(self, people: Iterable[Person]) -> None:
        """List `people` under the names that they have now."""
        self._run(lambda session: _enroll(session, people))

    def students(self, topic: str) -> frozenset[str]:
        """Return whose work on `topic` the book holds."""
        return self._run(lambda session: frozenset(held.row.student_id for held in _held(session, topic)))

    def marked(self, topic: str) -> tuple[Marked, ...]:
        """Return every submission to which people gave or took something by hand since we last looked."""
        found = self._run(lambda session: [held.marked() for held in _held(session, topic)])
        return tuple(marked for marked in found if marked.now != marked.before)

    def take(self, topic: str, student: str, keep: Callable[[Marked], None]) -> None:
        """Hand what people gave a submission by hand to `keep`, while nobody can change it; then it counts as looked at."""
        self._run(lambda session: _take(session, topic, student, keep))

    def shape(self, page: Page) -> None:
        """Give a topic the due date and the parts of `page`; what was given for other parts leaves the book."""
        self._run(lambda session: _shape(session, page))

    def enter(self, topic: str, entry: Entry) -> Entered:
        """Write one student's work on a topic, unless people changed something by hand since we last looked."""
        return self._run(lambda session: _enter(session, topic, entry))

    def refill(self, pages: Sequence[Page]) -> bool:
        """Write `pages` anew in one transaction, whole or, where people changed something by hand meanwhile, not at all.

        Nothing else in the book changes. Of students who handed in but have no entry, what is there stays.
        """
        try:
            self._run(lambda session: _refill(session, pages))
        except _MarkedMeanwhile:
            return False
        return True

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of nbgrader's own export, one for each topic and student."""
        plugin = CsvExportPlugin()
        with tempfile.TemporaryDirectory() as folder, api.Gradebook(self.url) as gradebook:
            plugin.to = str(Path(folder) / "grades.csv")
            plugin.export(gradebook)
            with Path(plugin.to).open(newline="") as file:
                return list(csv.DictReader(file))

    def _run(self, work: Callable[[Session], Found]) -> Found:
        for wait_s in (*WAITS_S, 0.0):
            try:
                with Session(self._engine) as session:
                    self._lock(session)
                    found = work(session)
                    session.commit()
                    return found
            except DBAPIError as error:
                if not _passes(error):
                    raise self._refusal(error) from error
            time.sleep(wait_s * random.uniform(0.5, 1.5))
        raise HarnessError(f"The book {self.name} stays locked by another program. Nothing is lost: close that program and run again.")

    def _refusal(self, error: DBAPIError) -> CourseError:
        reason = printable(str(error.orig).strip().partition("\n")[0], 200)
        return CourseError(f"The book {self.name} cannot be used: {reason}. Is it nbgrader's, and may you write to it?")

    def _lock(self, session: Session) -> None:
        """Keep other recorders out until the transaction ends; where the book is a file, everybody who writes."""
        if self._is_sqlite:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        else:
            session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))


class _MarkedMeanwhile(Exception):  # noqa: N818 - nothing is wrong: the transaction is to be left, and tried again
    """People changed something by hand since we last looked."""


@dataclass
class _Held:
    """The rows of one submission; grades and comments by part."""

    row: Any
    notebook: Any
    submission: str | None = None
    answer: str = ""
    before: Mapping[str, Given] = field(default_factory=dict)
    grades: dict[str, Any] = field(default_factory=dict)
    comments: dict[str, Any] = field(default_factory=dict)

    def marked(self) -> Marked:
        """Return what people gave."""
        return Marked(
            student=self.row.student_id, submission=self.submission or "", answer=self.answer, before=self.before, now=self.given()
        )

    def given(self) -> dict[str, Given]:
        """Return what the rows say that people gave."""
        comments = {part: comment.manual_comment or "" for part, comment in self.comments.items()}
        points = {part: _points(grade) for part, grade in self.grades.items()}
        found = {part: Given(points=points.get(part), comment=comments.get(part, "")) for part in points.keys() | comments.keys()}
        return {part: given for part, given in found.items() if given.points is not None or given.comment}


def _points(grade: Any) -> float | None:
    """Return what a person gave, extra credit included; extra credit alone is given on top of the tests' score."""
    given = grade.manual_score if grade.manual_score is not None or not grade.extra_credit else grade.auto_score
    return None if given is None else float(given + (grade.extra_credit or 0))


def _passes(error: DBAPIError) -> bool:
    """Tell whether the same transaction may go well a moment later."""
    return "locked" in str(error.orig) or getattr(error.orig, "pgcode", None) in ("40001", "40P01")


def _make(session: Session) -> None:
    """Make the tables of a new book, as nbgrader does, but without its call of a program on the PATH."""
    connection = session.connection()
    tables = set(inspect(connection).get_table_names())
    if _SEEN.name in tables:
        return
    api.Base.metadata.create_all(connection)
    _SEEN.metadata.create_all(connection)
    if "alembic_version" not in tables:
        config = Config()
        config.set_main_option("script_location", ALEMBIC_DIR)
        head = ScriptDirectory.from_config(config).get_current_head()
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})


def _enroll(session: Session, people: Iterable[Person]) -> None:
    known = {student.id: student for student in session.scalars(select(api.Student))}
    for person in people:
        student = known.get(person.id) or api.Student(id=person.id)
        session.add(student)
        if person.name:
            student.first_name, student.last_name = _names(person.name)
        if person.email:
            student.email = _plain(person.email)


def _names(name: str) -> tuple[str, str]:
    """Return first and last name of `Ann Lee` or `Lee, Ann`; a name of one word is a last name."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.strip().rpartition(" ")
    return _plain(first), _plain(last)


def _plain(words: str) -> str:
    """Return words that are text everywhere: nbgrader puts them unquoted into its CSV, and into its pages."""
    kept = "".join(" " if char in ',;"<>' else char for char in words)
    return printable(" ".join(kept.split())).lstrip("".join(OBEYED) + "' ")[:LONGEST]


def _held(session: Session, topic: str, student: str | None = None) -> list[_Held]:
    """Return the rows of every submission of a topic, or of one student's; nobody else changes their marks until the transaction ends."""
    where = [api.Assignment.name == topic, *([api.SubmittedAssignment.student_id == student] if student is not None else [])]
    query: Select[Any] = (
        select(api.SubmittedAssignment, api.SubmittedNotebook, _SEEN)
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .outerjoin(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
        .outerjoin(_SEEN, _SEEN.c.submission_id == api.SubmittedAssignment.id)
    )
    found: dict[str, _Held] = {}
    for row, notebook, _, submission, answer, given in session.execute(query.where(*where)):
        found[row.id] = _Held(row=row, notebook=notebook, submission=submission, answer=answer or "", before=_read(given or "{}"))
    for table, rows in ((api.Grade, "grades"), (api.Comment, "comments")):
        cells: Select[Any] = (
            select(table, api.BaseCell.name, api.SubmittedNotebook.assignment_id)
            .join(api.BaseCell, api.BaseCell.id == table.cell_id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == table.notebook_id)
            .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .with_for_update(of=table)
        )
        for row, name, submission_id in session.execute(cells.where(*where)):
            getattr(found[submission_id], rows)[part_of(name)] = row
    for held in found.values():  # of a part that left the topic nobody took a mark back
        held.before = {part: given for part, given in held.before.items() if part in held.grades or part in held.comments}
    return list(found.values())


def _read(given: str) -> dict[str, Given]:
    return {part: Given(points=points, comment=comment) for part, (points, comment) in json.loads(given).items()}


def _take(session: Session, topic: str, student: str, keep: Callable[[Marked], None]) -> None:
    for held in _held(session, topic, student):
        keep(held.marked())
        _see(session, held, held.given())


def _see(session: Session, held: _Held, given: Mapping[str, Given]) -> None:
    """Note what a submission is and what was given for it, if that is news."""
    seen = {"submission": held.submission or "", "answer": held.answer, "given": _written(given)}
    old = session.execute(select(_SEEN).where(_SEEN.c.submission_id == held.row.id)).one_or_none()
    if old is None:
        session.execute(_SEEN.insert().values(submission_id=held.row.id, **seen))
    elif old[1:] != tuple(seen.values()):
        session.execute(_SEEN.update().where(_SEEN.c.submission_id == held.row.id).values(**seen))


def _written(given: Mapping[str, Given]) -> str:
    return json.dumps({part: [one.points, one.comment] for part, one in sorted(given.items())})


def _shape(session: Session, page: Page) -> None:
    topic = _one(session, api.Assignment, name=page.topic) or _added(session, api.Assignment(name=page.topic, course_id=_course(session)))
    topic.duedate = _naive(page.due) if page.due else None
    notebook = _one(session, api.Notebook, name=page.topic, assignment_id=topic.id) or _added(
        session, api.Notebook(name=page.topic, assignment_id=topic.id)
    )
    cells = {(type(cell), part_of(cell.name)): cell for cell in session.scalars(select(api.BaseCell).filter_by(notebook_id=notebook.id))}
    wanted = {(api.GradeCell, part) for part in page.points} | {(api.SolutionCell, part) for part in page.points if part == WRITTEN}
    for key in cells.keys() - wanted:
        session.execute(delete(api.Grade).where(api.Grade.cell_id == cells[key].id))
        session.execute(delete(api.Comment).where(api.Comment.cell_id == cells[key].id))
        session.delete(cells[key])
    for kind, part in wanted:
        cell = cells.get((kind, part)) or kind(name=grade_id(part), notebook_id=notebook.id)
        if kind is api.GradeCell:
            cell.max_score, cell.cell_type = page.points[part], "markdown" if part == WRITTEN else "code"
        session.add(cell)
    session.flush()


def _course(session: Session) -> str:
    if session.get(api.Course, COURSE) is None:
        _added(session, api.Course(id=COURSE))
    return COURSE


def _one(session: Session, table: Any, **columns: Any) -> Any:
    return session.scalars(select(table).filter_by(**columns)).one_or_none()


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()  # gives the row its id
    return row


def _naive(moment: datetime) -> datetime:
    """Return a time as nbgrader stores it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _refill(session: Session, pages: Sequence[Page]) -> None:
    for page in pages:
        _shape(session, page)
        for held in _held(session, page.topic):
            if held.given() != held.before:
                raise _MarkedMeanwhile
            if held.row.student_id not in page.students:
                _remove(session, held)
        for entry in page.entries:
            if _enter(session, page.topic, entry, anew=True) is Entered.MARKED:
                raise _MarkedMeanwhile


def _enter(session: Session, topic: str, entry: Entry, *, anew: bool = False) -> Entered:
    held = next(iter(_held(session, topic, entry.student)), None)
    if held and held.given() != held.before:
        return Entered.MARKED
    fate = Entered.UNCHANGED
    if held is None or anew or held.notebook is None or held.submission != entry.submission:
        fate = Entered.NEW if held is None else Entered.CHANGED
        held = _replaced(session, topic, entry, held)
    with session.no_autoflush:
        seen = _fill(session, topic, held, entry)
        if session.new or any(session.is_modified(row) for row in session.dirty):
            fate = fate if fate is Entered.NEW else Entered.CHANGED
    session.flush()
    _see(session, held, seen)
    return fate


def _replaced(session: Session, topic: str, entry: Entry, old: _Held | None) -> _Held:
    """Return fresh rows for a submission in place of the old ones; a flag that a person set stays."""
    flagged = bool(old and old.notebook and old.notebook.flagged)
    if old:
        _remove(session, old)
    if session.get(api.Student, entry.student) is None:
        _added(session, api.Student(id=entry.student))
    assignment = _one(session, api.Assignment, name=topic)
    notebook = _one(session, api.Notebook, name=topic, assignment_id=assignment.id)
    row = _added(session, api.SubmittedAssignment(assignment_id=assignment.id, student_id=entry.student))
    shown = _added(session, api.SubmittedNotebook(notebook_id=notebook.id, assignment_id=row.id, flagged=flagged))
    return _Held(row=row, notebook=shown, submission=entry.submission, answer=entry.answer)


def _remove(session: Session, held: _Held) -> None:
    notebooks = select(api.SubmittedNotebook.id).where(api.SubmittedNotebook.assignment_id == held.row.id)
    gone = held.row.id
    for query in (
        delete(api.Grade).where(api.Grade.notebook_id.in_(notebooks)),
        delete(api.Comment).where(api.Comment.notebook_id.in_(notebooks)),
        delete(api.SubmittedNotebook).where(api.SubmittedNotebook.assignment_id == gone),
        delete(api.SubmittedAssignment).where(api.SubmittedAssignment.id == gone),
        delete(_SEEN).where(_SEEN.c.submission_id == gone),
    ):
        session.execute(query, execution_options={"synchronize_session": False})
    session.expunge_all()


def _fill(session: Session, topic: str, held: _Held, entry: Entry) -> Mapping[str, Given]:
    """Set what an entry says; return what then counts as given by hand. What people gave is only touched where it is not the entry's."""
    held.row.timestamp, held.row.extension = _naive(entry.received_at), entry.extension
    held.notebook.late_submission_penalty = entry.penalty
    cells = {kind: {part_of(cell.name): cell for cell in _cells(session, topic, kind)} for kind in (api.GradeCell, api.SolutionCell)}
    given = held.given()
    stay = {part: given[part] for part in given if entry.given.get(part) == given[part]}
    for part, cell in cells[api.SolutionCell].items():
        comment = held.comments.setdefault(part, api.Comment(cell_id=cell.id, notebook_id=held.notebook.id))
        if part not in stay:
            comment.manual_comment = entry.given[part].comment or None if part in entry.given else None
        session.add(comment)
    for part, cell in cells[api.GradeCell].items():
        grade = held.grades.setdefault(part, api.Grade(cell_id=cell.id, notebook_id=held.notebook.id))
        if part not in stay:
            points = entry.given[part].points if part in entry.given else None
            grade.manual_score = None if points is None else min(points, cell.max_score)
            grade.extra_credit = None if points is None or points <= cell.max_score else points - cell.max_score
        grade.auto_score = entry.scores.get(part)
        grade.needs_manual_grade = grade.auto_score is None and grade.manual_score is None
        session.add(grade)
    return {**held.given(), **stay}


def _cells(session: Session, topic: str, kind: Any) -> Iterable[Any]:
    query: Select[Any] = (
        select(kind)
        .join(api.Notebook, api.Notebook.id == kind.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
    )
    return session.scalars(query.where(api.Assignment.name == topic, api.Notebook.name == topic)).all()
