"""Claims about the book, held against nbgrader's own reading of it."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader import api

from grader import gradebook
from grader.errors import CourseError, HarnessError
from grader.gradebook import Book
from grader.ledger import Entered, Entry, Given, Marked, Page
from grader.roster import Person

DUE = datetime(2026, 11, 29, 15, 59, tzinfo=UTC)
PAGE = Page(topic="toy", due=DUE, points={"double.gradient": 10, "quiz": 8, "written": 5}, students=frozenset({"ann", "bob"}))
ANN = Entry(
    student="ann", submission="sha256:a1", answer="sha256:x", received_at=DUE + timedelta(hours=2), penalty=1.53,
    scores={"double.gradient": 10, "quiz": 5.33, "written": None},
)  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def book(url: str) -> Iterator[Book]:
    book = Book(url)
    book.shape(PAGE)
    yield book
    book.close()


@pytest.fixture
def theirs(url: str, book: Book) -> Iterator[api.Gradebook]:
    """The same book as nbgrader reads it."""
    with api.Gradebook(url) as theirs:
        yield theirs


def give(theirs: api.Gradebook, part: str = "written", student: str = "ann", comment: str | None = None, **scores: float | None) -> None:
    """Give marks as formgrader does."""
    if scores:
        grade = theirs.find_grade(part, "toy", "toy", student)
        for name, value in scores.items():
            setattr(grade, name, value)
        grade.needs_manual_grade = grade.manual_score is None and grade.auto_score is None
    if comment is not None:
        theirs.find_comment(part, "toy", "toy", student).manual_comment = comment
    theirs.db.commit()


def taken(book: Book) -> list[Marked]:
    """Take over everything that people gave."""
    found: list[Marked] = []
    for marked in book.marked("toy"):
        book.take("toy", marked.student, found.append)
    return found


def seen(theirs: api.Gradebook, student: str = "ann") -> dict[str, Any]:
    """Return what nbgrader says of a submission now."""
    theirs.db.rollback()
    theirs.db.expire_all()
    grades = theirs.find_submission_notebook("toy", "toy", student).grades
    return {grade.name: (grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade) for grade in grades}


@pytest.mark.slow
def test_a_new_book_is_the_one_that_nbgrader_makes(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Table by table, column by column, and of the same version, though no program on the PATH was called."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with api.Gradebook(f"sqlite:///{tmp_path / 'theirs.db'}"):
        pass
    ours, theirs = (schema(tmp_path / name) for name in ("gradebook.db", "theirs.db"))
    assert ours.pop("grader_seen")
    assert ours == theirs
    versions = [sql(tmp_path / name, "select version_num from alembic_version") for name in ("gradebook.db", "theirs.db")]
    assert versions[0] == versions[1] != []


def schema(path: Path) -> dict[str, str]:
    return {name: text.replace("\n", " ") for name, text in sql(path, "select name, sql from sqlite_master where type = 'table'")}


def sql(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query).fetchall()


def test_an_entry_is_what_nbgrader_says_of_it(book: Book, theirs: api.Gradebook) -> None:
    """Scores, what waits for a person, time of receipt, seconds late and what they cost."""
    assert book.enter("toy", ANN) is Entered.NEW
    submission = theirs.find_submission("toy", "ann")
    assert (submission.score, submission.max_score, submission.late_submission_penalty) == (15.33, 23, 1.53)
    assert (submission.timestamp, submission.total_seconds_late) == (datetime(2026, 11, 29, 17, 59), 7200)
    assert submission.assignment.duedate == datetime(2026, 11, 29, 15, 59)
    assert submission.needs_manual_grade
    assert seen(theirs) == {
        "double-gradient": (10, None, None, False), "quiz": (5.33, None, None, False), "written": (None, None, None, True),
    }  # fmt: skip
    kinds = {cell.name: cell.cell_type for cell in theirs.find_notebook("toy", "toy").grade_cells}
    assert kinds == {"double-gradient": "code", "quiz": "code", "written": "markdown"}


def test_who_has_an_extension_is_late_after_it(book: Book, theirs: api.Gradebook) -> None:
    """nbgrader counts its seconds from the end of the extension."""
    book.enter("toy", replace(ANN, extension=timedelta(minutes=90)))
    assert theirs.find_submission("toy", "ann").total_seconds_late == 1800


def test_the_same_again_changes_nothing(book: Book, theirs: api.Gradebook, tmp_path: Path) -> None:
    """Not a byte of the file; one new score is a change, under the same ids."""
    book.enter("toy", ANN)
    before = theirs.find_submission_notebook("toy", "toy", "ann").id
    theirs.db.rollback()
    bytes_before = (tmp_path / "gradebook.db").read_bytes()
    book.shape(PAGE)
    assert book.enter("toy", ANN) is Entered.UNCHANGED
    assert (tmp_path / "gradebook.db").read_bytes() == bytes_before
    assert book.enter("toy", replace(ANN, scores={**ANN.scores, "quiz": 8})) is Entered.CHANGED
    assert theirs.find_submission_notebook("toy", "toy", "ann").id == before
    assert theirs.find_submission("toy", "ann").score == 18


def test_a_mark_by_hand_is_looked_at_before_anything_is_written(book: Book, theirs: api.Gradebook) -> None:
    """Until it is taken over the entry is not written; then it stays, whatever else changes."""
    book.enter("toy", ANN)
    give(theirs, manual_score=3.0, comment="good")
    better = replace(ANN, scores={**ANN.scores, "quiz": 8})
    assert book.enter("toy", better) is Entered.MARKED
    assert seen(theirs)["quiz"][0] == 5.33
    (marked,) = taken(book)
    assert (marked.student, marked.submission, marked.answer, marked.before) == ("ann", "sha256:a1", "sha256:x", {})
    assert marked.now == {"written": Given(points=3, comment="good")}
    assert taken(book) == []
    assert book.enter("toy", replace(better, given=marked.now)) is Entered.CHANGED
    assert seen(theirs)["written"] == (None, 3, None, False)
    assert book.enter("toy", replace(better, given=marked.now)) is Entered.UNCHANGED


def test_a_failure_to_keep_a_mark_leaves_it_untaken(book: Book, theirs: api.Gradebook) -> None:
    """Only what is kept counts as looked at."""
    book.enter("toy", ANN)
    give(theirs, manual_score=3.0)

    def fail(marked: Marked) -> None:
        raise HarnessError("the disk is full")

    with pytest.raises(HarnessError):
        book.take("toy", "ann", fail)
    assert len(taken(book)) == 1


def test_while_marks_are_taken_over_nobody_gives_others(book: Book, theirs: api.Gradebook, tmp_path: Path) -> None:
    """Between reading what people gave and writing what follows from it, the book is closed to them."""
    book.enter("toy", ANN)
    give(theirs, manual_score=3.0)
    said = []

    def keep(marked: Marked) -> None:
        with closing(sqlite3.connect(tmp_path / "gradebook.db", timeout=0.01)) as other, pytest.raises(sqlite3.OperationalError) as raised:
            other.execute("update grade set manual_score = 4")
        said.append(str(raised.value))

    book.take("toy", "ann", keep)
    assert said == ["database is locked"]


def test_another_submission_gets_new_ids(book: Book, theirs: api.Gradebook) -> None:
    """A page that still shows the old one in a browser can no longer mark; a flag stays, and what the entry says was given."""
    book.enter("toy", ANN)
    theirs.find_submission_notebook("toy", "toy", "ann").flagged = True
    give(theirs, manual_score=3.0)
    old = theirs.find_grade("written", "toy", "toy", "ann").id
    taken(book)
    second = replace(ANN, submission="sha256:a2", answer="sha256:y", given={"quiz": Given(points=1)})
    assert book.enter("toy", second) is Entered.CHANGED
    theirs.db.rollback()
    with pytest.raises(api.MissingEntry):
        theirs.find_grade_by_id(old)
    assert seen(theirs) == {
        "double-gradient": (10, None, None, False), "quiz": (5.33, 1, None, False), "written": (None, None, None, True),
    }  # fmt: skip
    assert theirs.find_submission_notebook("toy", "toy", "ann").flagged
    assert len(theirs.assignment_submissions("toy")) == 1


def test_what_people_take_back_is_news(book: Book, theirs: api.Gradebook) -> None:
    """An emptied box is no mark that was lost."""
    book.enter("toy", replace(ANN, given={"written": Given(points=3, comment="good")}))
    assert seen(theirs)["written"] == (None, 3, None, False)
    give(theirs, manual_score=None)
    (marked,) = taken(book)
    assert (marked.before, marked.now) == (
        {"written": Given(points=3, comment="good")},
        {"written": Given(points=None, comment="good")},
    )


def test_a_comment_alone_and_extra_credit(book: Book, theirs: api.Gradebook) -> None:
    """Both are what a person gave; what exceeds the part's points is extra credit again when it is written anew."""
    book.enter("toy", ANN)
    give(theirs, comment="see me")
    give(theirs, "quiz", extra_credit=1.0)
    give(theirs, "double-gradient", manual_score=10.0, extra_credit=2.0)
    (marked,) = taken(book)
    assert marked.now == {
        "written": Given(points=None, comment="see me"), "quiz": Given(points=6.33), "double.gradient": Given(points=12),
    }  # fmt: skip
    assert book.enter("toy", replace(ANN, given=marked.now)) is Entered.UNCHANGED
    book.enter("toy", replace(ANN, submission="sha256:a2", given=marked.now))
    assert seen(theirs)["double-gradient"] == (10, 10, 2, False)
    assert theirs.find_comment("written", "toy", "toy", "ann").manual_comment == "see me"


def test_parts_come_and_go(book: Book, theirs: api.Gradebook) -> None:
    """A new part has no score until the entry says one; one that is gone takes its grades along; dates follow."""
    book.enter("toy", ANN)
    give(theirs, "quiz", manual_score=2.0)
    taken(book)
    book.shape(replace(PAGE, due=None, points={"double.gradient": 12, "integration": 6, "written": 5}))
    assert {cell.name: cell.max_score for cell in theirs.find_notebook("toy", "toy").grade_cells} == {
        "double-gradient": 12, "integration": 6, "written": 5,
    }  # fmt: skip
    assert book.enter("toy", replace(ANN, scores={"double.gradient": 12, "integration": 6, "written": 0})) is Entered.CHANGED
    assert seen(theirs).keys() == {"double-gradient", "integration", "written"}
    assert theirs.find_submission("toy", "ann").score == 18
    assert theirs.find_assignment("toy").duedate is None


def test_a_name_is_text_everywhere(book: Book, theirs: api.Gradebook) -> None:
    """nbgrader writes names unquoted into CSV and into pages: no comma, no tag, no formula comes through."""
    people = [
        Person(id="ann", name="Ann van Lee", email="a@x.org"), Person(id="bob", name="Lee, Bob"), Person(id="cid", name="王小明"),
        Person(id="dan", name='=cmd|"x";1 <script>alert(1)</script>', email="+d,\n@x"), Person(id="eve"),
    ]  # fmt: skip
    book.enroll(people)
    names = {student.id: (student.first_name, student.last_name, student.email) for student in theirs.students}
    assert names["ann"] == ("Ann van", "Lee", "a@x.org")
    assert names["bob"] == ("Bob", "Lee", None)
    assert names["cid"] == ("", "王小明", None)
    assert names["dan"] == ("cmd| x 1", "script alert(1) /script", "d @x")
    assert names["eve"] == (None, None, None)
    rows = {row["student_id"]: row for row in book.rows()}
    assert rows.keys() == names.keys()
    assert {row["score"] for row in rows.values()} == {"0.0"}


def test_a_refill_is_whole(book: Book, theirs: api.Gradebook) -> None:
    """Who no longer handed in leaves; who waits to be graded stays, and so does what is not ours."""
    theirs.update_or_create_assignment("homework")
    for student in ("ann", "bob", "cid"):
        book.enter("toy", replace(ANN, student=student))
    page = replace(PAGE, entries=(replace(ANN, scores={**ANN.scores, "quiz": 8}, given={"written": Given(points=4)}),))
    assert book.refill([page])
    assert book.students("toy") == {"ann", "bob"}
    assert seen(theirs)["quiz"] == (8, None, None, False)
    assert seen(theirs)["written"] == (None, 4, None, False)
    assert theirs.find_submission("toy", "bob").score == 15.33
    assert theirs.find_assignment("homework")


def test_a_refill_waits_for_marks_by_hand(book: Book, theirs: api.Gradebook) -> None:
    """Given since they were last looked at, they stop all of it, the topics before them too."""
    book.shape(replace(PAGE, topic="first"))
    book.enter("toy", ANN)
    give(theirs, manual_score=3.0)
    pages = [replace(PAGE, topic="first", entries=(ANN,)), replace(PAGE, entries=(ANN,))]
    assert not book.refill(pages)
    assert book.students("first") == frozenset()
    assert seen(theirs)["written"][1] == 3
    assert not book.refill([replace(PAGE, students=frozenset({"bob"}))])  # not even of who is to leave the book
    (marked,) = taken(book)
    assert book.refill([pages[0], replace(PAGE, entries=(replace(ANN, given=marked.now),))])
    assert seen(theirs)["written"][1] == 3


@pytest.mark.filterwarnings("ignore:Object of type <Submitted")  # said of nbgrader's own add_submission
def test_a_submission_of_somebody_else_s_making_is_replaced_after_its_marks_are_taken(book: Book, theirs: api.Gradebook) -> None:
    """Of a row that nbgrader made nobody knows what it shows: its marks are for no submission of ours."""
    theirs.add_student("ann")
    theirs.add_submission("toy", "ann")
    give(theirs, manual_score=3.0)
    (marked,) = taken(book)
    assert (marked.submission, marked.answer) == ("", "")
    assert book.enter("toy", ANN) is Entered.CHANGED
    assert seen(theirs)["written"] == (None, None, None, True)


def test_a_locked_book_is_tried_again(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked for a while it costs time and nothing else; locked for good, the message says what to do."""
    monkeypatch.setattr(gradebook, "PATIENCE_S", 0.05)
    monkeypatch.setattr(gradebook, "WAITS_S", (0.2, 0.2))
    book = Book(url)
    book.shape(PAGE)
    path = tmp_path / "gradebook.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.2, other.rollback)
        timer.start()
        assert book.enter("toy", ANN) is Entered.NEW
        timer.join()
        other.execute("BEGIN EXCLUSIVE")
        start_s = time.monotonic()
        with pytest.raises(HarnessError, match=r"gradebook\.db stays locked by another program\. Nothing is lost"):
            book.enter("toy", replace(ANN, penalty=0))
        assert time.monotonic() - start_s < 3
    assert book.enter("toy", replace(ANN, penalty=0)) is Entered.CHANGED
    book.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://ann:secret@127.0.0.1:1/book", r"postgresql\+psycopg2://ann:\*\*\*@127\.0\.0\.1:1/book cannot be used: .*refused"),
        ("sqlite:////nowhere/at/all.db", "cannot be used: unable to open database file"),
        ("gradebook.db", "This is no URL of a book"),
        ("oracle9://x", "This is no URL of a book"),
    ],
)
def test_a_book_that_cannot_be_is_named_without_its_password(url: str, said: str) -> None:
    """The reason is the database's own."""
    with pytest.raises(CourseError, match=said) as raised:
        Book(url)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_book_stays_as_it_is(tmp_path: Path) -> None:
    """It is refused, not overwritten."""
    path = tmp_path / "gradebook.db"
    path.write_text("my notes, longer than the header of a database has any right to be" * 3)
    before = path.read_bytes()
    with pytest.raises(CourseError, match="cannot be used: file is not a database"):
        Book(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_without_nbgrader_the_message_says_what_to_install() -> None:
    """A student's installation has none."""
    words = "import sys; sys.modules['nbgrader'] = None\ntry:\n import grader.gradebook\nexcept Exception as e: print(type(e).__name__, e)"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert told.startswith("CourseError A gradebook needs nbgrader")
    assert 'pip install "ml-course-grader[instructor]"' in told
