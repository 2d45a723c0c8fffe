"""Turns the marks of a class into nbgrader's gradebook, its exports and the folder that formgrader reads."""

import os
import secrets
import socket
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.assignment import load_assignment
from grader.course import Course
from grader.errors import HarnessError
from grader.exhibit import exhibit
from grader.gradebook import Book
from grader.lateness import utc
from grader.ledger import Entered, Entry, Marked, Page, earlier, entry, merged
from grader.marks import Mark, marks
from grader.records import ManualMark, keep_manual_marks, manual_marks
from grader.sheets import sheet
from grader.submission import load_submission
from grader.workspace import Workspace, write_atomically

TRIES = 5
"""Of a topic in which people mark while it is recorded."""

NUMBERS = ("raw_score", "late_submission_penalty", "score", "max_score")
"""Columns of nbgrader's export."""

README = """\
Written by `grader book`; what is changed here by hand is overwritten.

formgrader shows this folder: `grader book open` starts it. Marks come from `grader grade`, not from nbgrader's `autograde`: there
are no notebooks in source/ and submitted/, so that the buttons Generate and Autograde find nothing to run.
What you give by hand in formgrader is kept: `grader book record` takes it over and weighs lateness anew.
"""

SOURCE = "Without this folder formgrader would not list the topic. The notebook that students start from is in its release.\n"

CONFIG = """\
# Written by `grader book`; what is changed here by hand is overwritten.
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = {url!r}
c.NbGraderAPI.timezone = {timezone!r}
c.FormgradeExtension.debug = False  # else a page shows this file, and with it the password of a database
"""


class Fate(StrEnum):
    """What became of a student's work on its way into the book."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left out"


@dataclass(frozen=True, kw_only=True)
class BookLine:
    """What became of one student's work; `reason` says why it was left out, else why its final mark is not its raw one."""

    student: str
    fate: Fate
    pending: float = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What one recording did: a line for each student who handed in, and how many submissions bore news from people who mark."""

    topic: str
    lines: tuple[BookLine, ...]
    taken: int = 0

    @property
    def left_out(self) -> tuple[BookLine, ...]:
        """The lines of what is not in the book as it is now."""
        return tuple(line for line in self.lines if line.fate is Fate.LEFT_OUT)

    def count(self, fate: Fate) -> int:
        """Return how many have this fate."""
        return Counter(line.fate for line in self.lines)[fate]


@dataclass(frozen=True, kw_only=True)
class Formgrader:
    """How to start formgrader: the command, what its environment adds, the folder to start it in; and where it then is."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    url: str


def record(course: Course, workspace: Workspace, topics: Sequence[str], db: str = "") -> tuple[Recorded, ...]:
    """Write the marks of `topics`, or of all that were handed in, into the book at `db`; one short transaction a submission.

    What people gave in the book is taken over first, and kept in the workspace. Only what is graded, and by today's grader,
    is written: of anything else the book keeps what it has.
    """
    with closing(_Recorder(course, workspace, topics, db)) as recorder:
        return tuple(recorder.record(topic) for topic in topics or recorder.topics())


def rebuild(course: Course, workspace: Workspace, db: str = "") -> tuple[Recorded, ...]:
    """Write every topic's page anew from the workspace, in one transaction: killed in the middle, the old book is still there.

    What people gave is taken over first. It is no new file under the old name: formgrader would go on writing into the old one.
    """
    with closing(_Recorder(course, workspace, (), db)) as recorder:
        return recorder.rebuild()


def export(course: Course, workspace: Workspace, to: Path, topics: Sequence[str] = (), db: str = "") -> tuple[Recorded, ...]:
    """Record, then write nbgrader's export to `to`, with what is pending, and why final is not raw, in two more columns.

    Numbers are rounded to a hundredth. Who handed in and is not in the book yet has no number, where nbgrader itself writes 0.
    """
    with closing(_Recorder(course, workspace, topics, db)) as recorder:
        recorded = tuple(recorder.record(topic) for topic in topics or recorder.topics())
        write_atomically(to, recorder.csv(recorded))
        return recorded


def plain(recorded: Sequence[Recorded]) -> list[dict[str, Any]]:
    """Return what recordings did as plain data."""
    return [asdict(one) for one in recorded]


def formgrader(course: Course, workspace: Workspace, db: str = "", port: int = 0) -> Formgrader:
    """Prepare the folder of formgrader, and return how to start it; it listens on this machine alone, behind a fresh token."""
    with closing(_Recorder(course, workspace, (), db)) as recorder:
        folder = recorder.folder
    port, token = port or _free_port(), secrets.token_urlsafe(24)
    programs = Path(sys.executable).parent  # nbgrader calls programs by their bare names
    settings = [
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.open_browser=False",
        f"--ServerApp.root_dir={folder}", "--ServerApp.terminals_enabled=False", f"--ServerApp.allow_root={_is_root()}",
        "--ServerApp.answer_yes=True",
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
    ]  # fmt: skip
    return Formgrader(
        command=(sys.executable, "-m", "jupyter_server", *settings),
        environment={"JUPYTER_TOKEN": token, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"},
        folder=folder,
        url=f"http://127.0.0.1:{port}/formgrader?token={token}",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


class _Recorder:
    """Fills one book and the folder beside it from one workspace."""

    def __init__(self, course: Course, workspace: Workspace, topics: Sequence[str], db: str) -> None:
        workspace.check()
        for topic in topics:
            course.check_topic(topic)
        self._course, self._workspace = course, workspace
        self.folder = workspace.root.resolve() / "nbgrader"
        self._book = Book(db or f"sqlite:///{workspace.root.resolve() / 'gradebook.db'}")
        config = CONFIG.format(root=str(self.folder), url=self._book.url, timezone=course.timezone)
        _keep(self.folder / "nbgrader_config.py", config.encode(), mode=0o600)
        _keep(self.folder / "README.md", README.encode())
        roster = workspace.roster()
        self._book.enroll(roster.people if roster else ())

    def close(self) -> None:
        """Let go of the book."""
        self._book.close()

    def topics(self) -> tuple[str, ...]:
        """Return every topic that somebody handed in."""
        return tuple(topic for topic in self._course.topics if (self._workspace.root / "receipts" / topic).is_dir())

    def record(self, topic: str) -> Recorded:
        """Write the marks of a topic, one submission after another; those that somebody marks meanwhile come again."""
        taken, lines = 0, dict[str, BookLine]()
        for _ in range(TRIES):
            taken += self._take(topic)
            sheaf = self._sheaf(topic)
            lines |= {line.student: line for line in sheaf.left_out}
            if sheaf.ready:
                self._book.shape(sheaf.page())
            for mark in sheaf.ready:
                if mark.student not in lines:
                    entry, is_news = self._shown(mark, sheaf)
                    entered = self._book.enter(topic, entry)
                    lines |= {mark.student: _line(mark, entered, is_news)} if entered is not Entered.MARKED else {}
            busy = [mark for mark in sheaf.ready if mark.student not in lines]
            if not busy:
                break
        lines |= {mark.student: _left_out(mark, "somebody marks it at this moment: record again") for mark in busy}
        return Recorded(topic=topic, lines=tuple(lines[student] for student in sorted(lines)), taken=taken)

    def rebuild(self) -> tuple[Recorded, ...]:
        """Write every topic anew, in one transaction."""
        taken = Counter[str]()
        for _ in range(TRIES):
            taken.update({topic: self._take(topic) for topic in self.topics()})
            sheaves = [self._sheaf(topic) for topic in self.topics()]
            pages = [sheaf.page([self._shown(mark, sheaf)[0] for mark in sheaf.ready]) for sheaf in sheaves if sheaf.ready]
            if self._book.refill(pages):
                return tuple(Recorded(topic=sheaf.topic, lines=sheaf.lines(), taken=taken[sheaf.topic]) for sheaf in sheaves)
        raise HarnessError("People mark in the book all the time. Close formgrader and rebuild again; nothing is lost.")

    def csv(self, recorded: Sequence[Recorded]) -> bytes:
        """Return the export of the topics `recorded`."""
        rows = self._book.rows()
        lines = {(one.topic, line.student): line for one in recorded for line in one.lines}
        held = {one.topic: self._book.students(one.topic) for one in recorded}
        wanted = [row for row in rows if row["assignment"] in held]
        columns = (*(rows[0] if rows else ()), "pending", "note")
        return sheet(columns, (_exported(row, lines.get((row["assignment"], row["student_id"])), held) for row in wanted))

    def _take(self, topic: str) -> int:
        """Take over what people gave in the book, one submission after another; return how many had news."""
        news = self._book.marked(topic)
        for marked in news:
            self._book.take(topic, marked.student, lambda now: self._merge(topic, now))
        return len(news)

    def _merge(self, topic: str, marked: Marked) -> None:
        kept = manual_marks(self._workspace, topic).get(marked.student, ())
        keep_manual_marks(self._workspace, topic, marked.student, merged(kept, marked, topic))

    def _sheaf(self, topic: str) -> "_Sheaf":
        assignment = load_assignment(self._course, topic)
        return _Sheaf(
            topic=topic,
            due=self._course.due_of(topic),
            question=assignment.written.question if assignment.written else "",
            marks=marks(self._course, self._workspace, topic),
            kept=manual_marks(self._workspace, topic),
        )

    def _shown(self, mark: Mark, sheaf: "_Sheaf") -> tuple[Entry, bool]:
        """Write what formgrader shows of a mark; return its entry, and whether that was news.

        The files come before the entry: a mark given meanwhile is at worst taken for one of the answer before.
        """
        kept = sheaf.kept.get(mark.student, ())
        submission = load_submission(mark.topic, self._workspace.files(mark.receipt), {})
        made = entry(mark, submission, kept, sheaf.due)
        notebook = exhibit(mark, submission, sheaf.question, earlier(kept, made.answer))
        path = Path(mark.student) / mark.topic
        _keep(self.folder / "source" / mark.topic / "README.md", SOURCE.encode())
        _keep(self.folder / "submitted" / path / "timestamp.txt", f"{utc(made.received_at).replace(tzinfo=None)} UTC\n".encode())
        return made, _keep(self.folder / "autograded" / path / f"{mark.topic}.ipynb", notebook)


@dataclass(frozen=True, kw_only=True)
class _Sheaf:
    """What is known of a topic at one moment: its marks, and what people gave by hand, by student."""

    topic: str
    due: datetime | None
    question: str
    marks: tuple[Mark, ...]
    kept: Mapping[str, tuple[ManualMark, ...]]

    @cached_property
    def ready(self) -> tuple[Mark, ...]:
        """The marks that can be written."""
        return tuple(mark for mark in self.marks if not _lack(mark))

    @property
    def left_out(self) -> tuple[BookLine, ...]:
        """The lines of the others."""
        return tuple(_left_out(mark, _lack(mark)) for mark in self.marks if _lack(mark))

    def lines(self) -> tuple[BookLine, ...]:
        """Return a line for each mark, all of them new."""
        lines = [*self.left_out, *(_line(mark, Entered.NEW, True) for mark in self.ready)]
        return tuple(sorted(lines, key=lambda line: line.student))

    def page(self, entries: Sequence[Entry] = ()) -> Page:
        """Return the page of the book; its parts are those of the marks that can be written."""
        parts = self.ready[0].result.parts if self.ready[0].result else ()
        return Page(
            topic=self.topic,
            due=self.due,
            points={part.part: part.points for part in parts},
            students=frozenset(mark.student for mark in self.marks),
            entries=tuple(entries),
        )


def _lack(mark: Mark) -> str:
    """Say why a mark cannot be written; nothing where it can."""
    again = f"grader grade {mark.topic}"
    if mark.result is None:
        return f"attempt {mark.receipt.attempt} is not graded yet: {again}"
    if mark.raw is None:
        return f"the grader failed on attempt {mark.receipt.attempt}, which is no zero: {again}"
    return f"attempt {mark.receipt.attempt} was graded by another version, or under another key: {again}" if mark.is_stale else ""


def _left_out(mark: Mark, reason: str) -> BookLine:
    return BookLine(student=mark.student, fate=Fate.LEFT_OUT, pending=mark.pending, reason=reason)


def _line(mark: Mark, entered: Entered, is_news: bool) -> BookLine:
    fate = Fate.CHANGED if entered is Entered.UNCHANGED and is_news else Fate(entered)
    return BookLine(student=mark.student, fate=fate, pending=mark.pending, reason=mark.reason)


def _exported(row: Mapping[str, str], line: BookLine | None, held: Mapping[str, frozenset[str]]) -> dict[str, object]:
    """Return a row of nbgrader's export with its numbers rounded, and none where something was handed in that the book does not have."""
    is_waiting = line is not None and row["student_id"] not in held[row["assignment"]]
    numbers = {name: "" if is_waiting and name != "max_score" else round(float(row[name]), 2) for name in NUMBERS}
    note = line.reason if line else "nothing was handed in"
    return {**row, **numbers, "pending": line.pending if line else 0, "note": note}


def _keep(path: Path, data: bytes, mode: int = 0o644) -> bool:
    """Write a file unless it is there like this; return whether that was news."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomically(path, data, mode)
    return True
