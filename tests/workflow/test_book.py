"""Claims about a class in nbgrader's gradebook: what goes in, what people give there, what comes out."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from nbgrader import api

from grader.assignment import load_assignment
from grader.course import Course, load_course
from grader.digests import grader_digest, key_digest
from grader.errors import CourseError
from grader.lateness import Extension
from grader.marks import Mark, marks
from grader.records import keep_extension, manual_marks
from grader.result import PartScore, Result, State, to_json
from grader.workflow import book as workflow
from grader.workflow.book import Fate, Recorded, export, formgrader, rebuild, record
from grader.workspace import Receipt, Workspace, write_atomically

DUE = datetime(2026, 11, 29, 15, 59, tzinfo=UTC)
QUESTION = '\n[written]\nquestion = "Why is $2x$ even?"\npoints = 5\n'
DATES = "\n[due]\ntoy = 2026-11-29T23:59:00\n[late]\nrate_percent = 10\ncap_percent = 50\n"
BUILD = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Klass:
    """A course whose toy has a question in words and a due date, and a workspace in which students hand in."""

    course: Course
    workspace: Workspace

    @property
    def url(self) -> str:
        return f"sqlite:///{self.workspace.root / 'gradebook.db'}"

    def hand_in(self, student: str, answer: str = "because", attempt: int = 1, late: timedelta = timedelta(), **lost: float) -> Receipt:
        """Take in and grade a submission; `lost` says what parts earned in place of everything."""
        receipt = self.receive(student, answer, attempt, late)
        self.grade(receipt, answer, **lost)
        return receipt

    def receive(self, student: str, answer: str = "because", attempt: int = 1, late: timedelta = timedelta()) -> Receipt:
        data = f"# {student} {attempt}\nQUIZ_ANSWERS = {{'why': ['a']}}\nWRITTEN_ANSWER = {answer!r}\n".encode()
        receipt = Receipt(
            student=student, topic="toy", attempt=attempt, digest=f"sha256:{sha256(data).hexdigest()}", received_at=DUE + late,
            original="received/x", files=("toy.py",),
        )  # fmt: skip
        self.workspace.keep_submission(receipt, {"toy.py": data})
        return receipt

    def grade(self, receipt: Receipt, answer: str = "because", complete: bool = True, grader: str = "", **lost: float) -> None:
        """Keep the result that grading would have; of what `lost` names, a dot being __, less is earned."""
        parts = tuple(self._parts(answer, {name.replace("__", "."): earned for name, earned in lost.items()}))
        pending = sum(part.points for part in parts if part.state is State.PENDING)
        grader, key = grader or grader_digest(self.course, "toy"), key_digest(self.workspace.key())
        result = Result(
            topic="toy", submission=receipt.digest, grader=grader, key=key, backend="bubblewrap", device="cpu", torch="2",
            started_at=f"2026-11-30T00:00:{receipt.attempt:02}Z", cpu_s=0, wall_s=0, complete=complete,
            earned=round(sum(part.earned for part in parts), 2) if complete else None,
            possible=100 - pending, pending=pending, parts=parts if complete else (), tests=(),
        )  # fmt: skip
        write_atomically(self.workspace.result_path("toy", receipt.digest, grader, key, "cpu"), to_json(result))

    def _parts(self, answer: str, lost: dict[str, float]) -> Iterator[PartScore]:
        for part in load_assignment(self.course, "toy").parts():
            earned = lost.get(part.name, part.points)
            state = State.EARNED if earned == part.points else State.PARTIAL if earned else State.LOST
            if part.name == "written":
                earned, state = 0, State.PENDING if answer else State.LOST
            yield PartScore(part=part.name, points=part.points, earned=earned, state=state)

    def mark(self, student: str) -> Mark:
        return next(mark for mark in marks(self.course, self.workspace, "toy") if mark.student == student)

    def record(self) -> Recorded:
        (recorded,) = record(self.course, self.workspace, ["toy"])
        return recorded

    @contextmanager
    def book(self, url: str = "") -> Iterator[api.Gradebook]:
        with api.Gradebook(url or self.url) as book:
            yield book

    def give(self, student: str, points: float | None, part: str = "written", comment: str = "") -> None:
        """Give a mark as formgrader does."""
        with self.book() as book:
            give(book, student, points, part, comment)

    def csv(self) -> dict[str, dict[str, str]]:
        export(self.course, self.workspace, self.workspace.root / "grades.csv")
        return rows(self.workspace.root / "grades.csv")


def give(book: api.Gradebook, student: str, points: float | None, part: str = "written", comment: str = "") -> None:
    grade = book.find_grade(part, "toy", "toy", student)
    grade.manual_score = points
    grade.needs_manual_grade = points is None and grade.auto_score is None
    if part == "written":
        book.find_comment(part, "toy", "toy", student).manual_comment = comment
    book.db.commit()


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def fates(recorded: Recorded) -> dict[str, Fate]:
    return {line.student: line.fate for line in recorded.lines}


@pytest.fixture
def klass(own_course: Course) -> Klass:
    path = own_course.assignment_dir("toy") / "assignment.toml"
    path.write_text(path.read_text().replace("[integration]\npoints = 12", "[integration]\npoints = 7") + QUESTION)
    path = own_course.root / "assignments" / "course.toml"
    path.write_text(f'timezone = "Asia/Taipei"\n{path.read_text()}{DATES}')
    workspace = Workspace(own_course.root / "workspace")
    workspace.root.mkdir()
    (workspace.root / "roster.csv").write_text("id,name,email\nann,Ann Lee,ann@x.org\nbob,Bob Wu,\neve,Eve,\n")
    return Klass(load_course(own_course.root), workspace)


def test_a_class_is_recorded_once(klass: Klass) -> None:
    """Who handed in has scores, lateness and its reason; who did not has a zero by nbgrader's rule; again, nothing changes."""
    klass.hand_in("ann")
    klass.hand_in("bob", late=timedelta(hours=25), double__gradient=0, quiz=5.33)
    assert fates(klass.record()) == {"ann": Fate.NEW, "bob": Fate.NEW}
    found = klass.csv()
    assert {name: row["last_name"] for name, row in found.items()} == {"ann": "Lee", "bob": "Wu", "eve": "Eve"}
    numbers = ("raw_score", "late_submission_penalty", "score", "max_score", "pending")
    assert [found["ann"][name] for name in numbers] == ["95.0", "0.0", "95.0", "100.0", "5.0"]
    assert [found["bob"][name] for name in numbers] == ["82.33", "16.47", "65.86", "100.0", "5.0"]
    assert found["bob"]["note"] == "1 day 1 h after the due date: 20 % taken off"
    assert (found["eve"]["score"], found["eve"]["note"]) == ("0.0", "nothing was handed in")
    assert fates(klass.record()) == {"ann": Fate.UNCHANGED, "bob": Fate.UNCHANGED}


def test_an_extension_reaches_the_book(klass: Klass) -> None:
    """nbgrader counts no second of it as late."""
    klass.hand_in("ann", late=timedelta(hours=30))
    klass.hand_in("bob", late=timedelta(hours=30))
    keep_extension(klass.workspace, Extension(student="bob", topic="toy", until=DUE + timedelta(days=2)))
    klass.record()
    with klass.book() as book:
        late_s = {name: book.find_submission("toy", name).total_seconds_late for name in ("ann", "bob")}
    assert late_s == {"ann": 30 * 3600, "bob": 0}
    assert klass.csv()["bob"]["note"] == "in time, with an extension"


def test_formgrader_s_folder_has_what_it_needs_and_nothing_to_run(klass: Klass) -> None:
    """The notebook of each student, the time of receipt that nbgrader compares with the book's, no notebook to generate or autograde."""
    klass.hand_in("ann", "because $a<b$")
    klass.record()
    folder = klass.workspace.root / "nbgrader"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "README.md", "nbgrader_config.py", "source/toy/README.md", "autograded/ann/toy/toy.ipynb", "submitted/ann/toy/timestamp.txt",
    }  # fmt: skip
    assert (folder / "nbgrader_config.py").stat().st_mode & 0o777 == 0o600
    notebook = json.loads((folder / "autograded/ann/toy/toy.ipynb").read_text())
    assert "".join(notebook["cells"][-1]["source"]) == "because $a< b$"
    with klass.book() as book:
        grade_ids = {cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]}
        assert {cell.name for cell in book.find_notebook("toy", "toy").grade_cells} <= grade_ids
    start = formgrader(klass.course, klass.workspace, port=8888)
    assert start.url.startswith("http://127.0.0.1:8888/formgrader?token=")
    token = start.url.partition("=")[2]
    assert len(token) >= 32
    assert not any(token in word for word in start.command)  # everybody on the machine can list commands


def test_what_is_not_graded_today_is_left_out(klass: Klass) -> None:
    """Each with its reason; the book keeps what it has of them, and a fault of the grader is nobody's zero."""
    klass.hand_in("ann")
    klass.record()
    klass.receive("ann", "why not", attempt=2)
    klass.receive("bob")
    klass.grade(klass.receive("cid"), complete=False)
    klass.grade(klass.receive("dan"), grader="sha256:old")
    recorded = klass.record()
    assert {line.student: line.reason for line in recorded.left_out} == {
        "ann": "attempt 2 is not graded yet: grader grade toy",
        "bob": "attempt 1 is not graded yet: grader grade toy",
        "cid": "the grader failed on attempt 1, which is no zero: grader grade toy",
        "dan": "attempt 1 was graded by another version, or under another key: grader grade toy",
    }
    found = klass.csv()
    assert found.keys() == {"ann", "bob", "eve"}
    assert found["ann"]["score"] == "95.0"
    assert [found["bob"][name] for name in ("timestamp", "raw_score", "late_submission_penalty", "score")] == [""] * 4
    assert found["bob"]["max_score"] == "100.0"


def test_a_topic_that_nobody_has_a_mark_in_is_not_touched(klass: Klass) -> None:
    """After a change of the grader the book keeps its page until somebody is graded again."""
    klass.hand_in("ann")
    klass.record()
    path = klass.course.assignment_dir("toy") / "assignment.toml"
    path.write_text(
        path.read_text().replace("[integration]\npoints = 7", "[integration]\npoints = 4").replace(QUESTION, QUESTION.replace("5", "8"))
    )
    assert fates(klass.record()) == {"ann": Fate.LEFT_OUT}
    assert klass.csv()["ann"]["max_score"] == "100.0"


def test_a_mark_by_hand_counts_and_stays(klass: Klass) -> None:
    """It is in raw, pending no more, and lateness is taken off it too; recording again and again changes nothing of it."""
    klass.hand_in("ann", late=timedelta(hours=1))
    klass.record()
    klass.give("ann", 3, comment="good")
    recorded = klass.record()
    assert (recorded.taken, fates(recorded)) == (1, {"ann": Fate.CHANGED})
    mark = klass.mark("ann")
    assert (mark.raw, mark.pending, mark.penalty, mark.final) == (98, 0, 9.8, 88.2)
    found = klass.csv()["ann"]
    assert [found[name] for name in ("raw_score", "late_submission_penalty", "score", "pending")] == ["98.0", "9.8", "88.2", "0.0"]
    klass.grade(klass.mark("ann").receipt, quiz=2)
    assert klass.csv()["ann"]["raw_score"] == "92.0"
    assert (klass.record().taken, fates(klass.record())) == (0, {"ann": Fate.UNCHANGED})
    (kept,) = manual_marks(klass.workspace, "toy")["ann"]
    assert (kept.points, kept.comment) == (3, "good")


def test_another_answer_waits_for_another_mark(klass: Klass) -> None:
    """The old mark is no mark of it, and stays in sight; the same words in another program keep theirs."""
    klass.hand_in("ann")
    klass.hand_in("bob")
    klass.record()
    klass.give("ann", 3, comment="nearly")
    klass.give("bob", 4)
    klass.hand_in("ann", "why not", attempt=2)
    klass.hand_in("bob", attempt=2)
    assert fates(klass.record()) == {"ann": Fate.CHANGED, "bob": Fate.CHANGED}
    assert (klass.mark("ann").raw, klass.mark("ann").pending, klass.mark("bob").raw) == (95, 5, 99)
    with klass.book() as book:
        ann, bob = (book.find_grade("written", "toy", "toy", name) for name in ("ann", "bob"))
        assert (ann.manual_score, ann.needs_manual_grade) == (None, True)
        assert (bob.manual_score, bob.needs_manual_grade) == (4, False)
    cells = json.loads((klass.workspace.root / "nbgrader/autograded/ann/toy/toy.ipynb").read_text())["cells"]
    assert "".join(cells[-2]["source"]) == "An earlier answer got 3 of 5: nearly"
    klass.give("ann", 5)
    klass.record()
    assert sorted(kept.points for kept in manual_marks(klass.workspace, "toy")["ann"]) == [3, 5]
    assert klass.mark("ann").raw == 100


def test_points_given_back_by_hand_count_for_that_submission(klass: Klass) -> None:
    """In place of what the tests gave, through a regrade too; the next attempt is on its own."""
    klass.hand_in("ann", double__gradient=0)
    klass.record()
    klass.give("ann", 5, part="double-gradient")
    klass.record()
    mark = klass.mark("ann")
    assert (mark.raw, mark.possible, mark.pending) == (90, 95, 5)
    klass.grade(mark.receipt)
    klass.record()
    assert (klass.mark("ann").raw, klass.csv()["ann"]["raw_score"]) == (90, "90.0")
    klass.hand_in("ann", attempt=2, quiz=0)
    klass.record()
    assert (klass.mark("ann").raw, klass.csv()["ann"]["raw_score"]) == (87, "87.0")


def test_a_mark_that_is_taken_back_is_gone(klass: Klass) -> None:
    """The box is empty, the answer waits again; a comment without points stays."""
    klass.hand_in("ann")
    klass.record()
    klass.give("ann", 3)
    klass.record()
    klass.give("ann", None, comment="see me")
    klass.record()
    assert (klass.mark("ann").raw, klass.mark("ann").pending, klass.mark("ann").manual) == (95, 5, ())
    with klass.book() as book:
        assert book.find_comment("written", "toy", "toy", "ann").manual_comment == "see me"
        assert book.find_grade("written", "toy", "toy", "ann").needs_manual_grade


def test_who_marks_while_marks_are_recorded_loses_nothing(klass: Klass, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark that comes after the others were taken over is taken over in a second round; in every round, the student is left out."""
    klass.hand_in("ann")
    klass.hand_in("bob")
    klass.record()
    given = iter([3, *[None] * 9])

    def marks_while_somebody_marks(*words: Any) -> tuple[Mark, ...]:
        found = marks(*words)
        if points := next(given):
            klass.give("ann", points)
        return found

    monkeypatch.setattr(workflow, "marks", marks_while_somebody_marks)
    klass.hand_in("bob", attempt=2, quiz=0)
    recorded = klass.record()
    assert (fates(recorded), recorded.taken) == ({"ann": Fate.UNCHANGED, "bob": Fate.CHANGED}, 1)
    assert klass.mark("ann").raw == 98
    given = iter([1, 2, 3, 4, 5, 4.5])
    recorded = klass.record()
    assert fates(recorded) == {"ann": Fate.LEFT_OUT, "bob": Fate.UNCHANGED}
    assert "somebody marks it" in recorded.left_out[0].reason
    monkeypatch.undo()
    klass.record()
    assert klass.mark("ann").raw == 100


def test_a_lost_book_is_rebuilt_with_the_marks_by_hand(klass: Klass) -> None:
    """From receipts, results and what was taken over; who left the class leaves the book, other topics stay."""
    klass.hand_in("ann", late=timedelta(hours=1))
    klass.hand_in("bob", double__gradient=0)
    klass.record()
    klass.give("ann", 3, comment="good")
    klass.give("bob", 7, part="double-gradient")
    before = klass.csv()
    (klass.workspace.root / "gradebook.db").unlink()
    (recorded,) = rebuild(klass.course, klass.workspace)
    assert fates(recorded) == {"ann": Fate.NEW, "bob": Fate.NEW}
    assert klass.csv() == before
    with klass.book() as book:
        assert book.find_comment("written", "toy", "toy", "ann").manual_comment == "good"
        book.add_assignment("homework")
        give(book, "bob", 2)
    shutil.rmtree(klass.workspace.root / "receipts" / "toy" / "ann")
    (recorded,) = rebuild(klass.course, klass.workspace)
    assert (fates(recorded), recorded.taken) == ({"bob": Fate.NEW}, 1)
    with klass.book() as book:
        assert [submission.student.id for submission in book.assignment_submissions("toy")] == ["bob"]
        assert book.find_submission("toy", "bob").score == 85 + 7 + 2
        assert book.find_assignment("homework")


def test_two_books_share_the_marks_by_hand(klass: Klass) -> None:
    """What was given in one reaches the other, which never had it and so does not take it back."""
    other = f"sqlite:///{klass.workspace.root / 'other.db'}"
    klass.hand_in("ann")
    for url in (other, ""):
        record(klass.course, klass.workspace, ["toy"], url)
    klass.give("ann", 3)
    klass.record()
    record(klass.course, klass.workspace, ["toy"], other)
    with klass.book(other) as book:
        assert book.find_grade("written", "toy", "toy", "ann").manual_score == 3
    assert klass.mark("ann").raw == 98


def test_an_unknown_topic_and_a_missing_workspace_are_told(klass: Klass, tmp_path: Path) -> None:
    """Before a book is made."""
    with pytest.raises(CourseError, match="did you mean 'toy'"):
        record(klass.course, klass.workspace, ["toi"])
    with pytest.raises(CourseError, match="no workspace"):
        record(klass.course, Workspace(tmp_path / "nowhere"), [])
    assert not (klass.workspace.root / "gradebook.db").exists()
    assert not (tmp_path / "nowhere").exists()


def grader_words(klass: Klass, *words: str) -> list[str]:
    return [sys.executable, "-m", "grader", "book", *words, "--workspace", str(klass.workspace.root), "--course", str(klass.course.root)]


@pytest.mark.slow
def test_nbgrader_s_own_export_says_the_same(klass: Klass) -> None:
    """`nbgrader export` in the folder beside the book finds it by the configuration, and its eleven columns are the first of ours."""
    klass.hand_in("ann", late=timedelta(hours=25), quiz=5.33)
    klass.hand_in("bob")
    ours = klass.csv()
    folder = klass.workspace.root / "nbgrader"
    environment = {
        **os.environ,
        "HOME": str(klass.workspace.root),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run([sys.executable, "-m", "nbgrader", "export"], cwd=folder, env=environment, capture_output=True, check=True)
    theirs = rows(folder / "grades.csv")
    assert theirs.keys() == ours.keys()
    for name, row in theirs.items():
        assert list(ours[name])[:11] == list(row)
        for column, cell in row.items():
            assert ours[name][column] == (str(round(float(cell), 2)) if column in workflow.NUMBERS else cell)


GIVE = """
import sys, time
from nbgrader import api
from sqlalchemy.orm.exc import StaleDataError
url, *students = sys.argv[1:]
with api.Gradebook(url) as book:
    print("marking", flush=True)
    for student in students:
        for points in (1, 2, 3):
            try:
                grade = book.find_grade("written", "toy", "toy", student)
                grade.manual_score, grade.needs_manual_grade = points, False
                book.db.commit()
            except StaleDataError:  # the page is of a submission that has just been replaced: a person opens it again
                book.db.rollback()
                print("opened again", flush=True)
                grade = book.find_grade("written", "toy", "toy", student)
                grade.manual_score, grade.needs_manual_grade = points, False
                book.db.commit()
            time.sleep(0.02)
"""


@pytest.mark.slow
def test_two_recorders_and_a_person_at_once(klass: Klass) -> None:
    """No error, no lost mark: while one marks everybody three times, two programs write new scores and new attempts of everybody."""
    students = [f"s{number:02}" for number in range(20)]
    for student in students:
        klass.hand_in(student)
    klass.record()
    for student in students:
        klass.hand_in(student, attempt=2, quiz=4)
    person = subprocess.Popen([sys.executable, "-c", GIVE, klass.url, *students], stdout=subprocess.PIPE, text=True)
    recorders = [subprocess.Popen(grader_words(klass, "record", "toy"), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in (*recorders, person):
        _, said = process.communicate(timeout=120)
        assert process.returncode in (0, 1), said  # 1: somebody was marked in each of the tries
        assert "left out: somebody marks it" in said if process.returncode else not said
    assert klass.record().count(Fate.LEFT_OUT) == 0
    assert [klass.mark(student).raw for student in students] == [95 - 4 + 3] * 20
    with klass.book() as book:
        assert {(s.score, s.needs_manual_grade) for s in book.assignment_submissions("toy")} == {(94, False)}


@pytest.mark.slow
def test_a_rebuild_that_is_killed_loses_nothing(klass: Klass) -> None:
    """Killed while it writes, the old book is whole, marks by hand included; the next rebuild ends."""
    students = [f"s{number:03}" for number in range(60)]
    for student in students:
        klass.hand_in(student)
    klass.record()
    klass.give("s007", 3, comment="good")
    before = dump(klass)
    path = klass.workspace.root / "gradebook.db"
    process = subprocess.Popen(grader_words(klass, "rebuild"), stdout=subprocess.PIPE)
    kill_while(process, lambda: is_filling(path))
    assert path.with_name("gradebook.db-journal").exists()
    assert dump(klass) == before
    (recorded,) = rebuild(klass.course, klass.workspace)
    assert recorded.count(Fate.NEW) == 60
    assert klass.mark("s007").raw == 98
    assert {row: cells[1:] for row, cells in dump(klass).items()} == {row: cells[1:] for row, cells in before.items()}


def dump(klass: Klass) -> dict[str, tuple[Any, ...]]:
    """Return what the book says of each student, ids first."""
    with klass.book() as book:
        found = {s.student.id: s for s in book.assignment_submissions("toy")}
        return {
            name: (one.id, one.score, one.timestamp, sorted((g.name, g.auto_score, g.manual_score) for g in one.notebooks[0].grades))
            for name, one in found.items()
        }


def is_filling(path: Path) -> bool:
    """Tell whether one transaction has changed half of a book, by the size of its journal."""
    journal = path.with_name(f"{path.name}-journal")
    try:
        return journal.stat().st_size > path.stat().st_size / 2
    except FileNotFoundError:
        return False


def kill_while(process: "subprocess.Popen[bytes]", is_time: Any) -> None:
    deadline_s = time.monotonic() + 60
    while not is_time():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline_s
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close() if process.stdout else None


@pytest.fixture
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database of a server of our own, on a socket in a folder of its own."""
    programs = max(
        (path / "bin" for path in BUILD.glob("*") if (path / "bin" / "initdb").exists()), default=None, key=lambda path: path.parts
    )
    if programs is None:
        (pytest.fail if os.environ.get("GRADER_TESTS_NEED_ALL") else pytest.skip)("no PostgreSQL server is installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short, and the server's user must reach it
    user: Any = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user)
    settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    run = {"user": user, "cwd": folder, "check": True, "capture_output": True}
    try:
        subprocess.run([programs / "initdb", "-D", folder / "data", "-U", "grader", "-A", "trust", "--no-sync"], **run)
        subprocess.run([programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start"], **run)
        yield f"postgresql+psycopg2://grader@/postgres?host={folder}"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"], **{**run, "check": False})
        shutil.rmtree(folder)


@pytest.mark.slow
def test_a_book_in_postgresql_is_the_same(klass: Klass, postgres: str) -> None:
    """Record, mark by hand, replace, rebuild, export: the CSV is the one of the book in a file."""
    klass.hand_in("ann", late=timedelta(hours=25), quiz=5.33)
    klass.hand_in("bob")
    url = postgres.replace("+psycopg2", "")
    assert fates(record(klass.course, klass.workspace, ["toy"], url)[0]) == {"ann": Fate.NEW, "bob": Fate.NEW}
    with klass.book(postgres) as book:
        give(book, "ann", 3, comment="good")
        give(book, "bob", 4)
    klass.hand_in("bob", "why not", attempt=2)
    assert record(klass.course, klass.workspace, ["toy"], url)[0].taken == 2
    assert fates(rebuild(klass.course, klass.workspace, url)[0]) == {"ann": Fate.NEW, "bob": Fate.NEW}
    export(klass.course, klass.workspace, klass.workspace.root / "theirs.csv", db=url)
    assert (klass.mark("ann").raw, klass.mark("bob").raw) == (95.33, 95)
    assert rows(klass.workspace.root / "theirs.csv") == klass.csv()
