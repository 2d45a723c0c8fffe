"""Claims about collecting what a class handed in."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.course import Course, load_course
from grader.errors import CourseError, HarnessError, SubmissionError
from grader.reports import CollectReport, Fate
from grader.submission import load_submission
from grader.workflow.collect import collect
from grader.workspace import Workspace

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
STUB = b"def attend(q):\n    raise NotImplementedError\n"
WORK = b"def attend(q):\n    return q\n"
BETTER = b"def attend(q):\n    return q + 0\n"
OTHER = b"def unroll(x):\n    return x\n"
TOML = """
title = { en = "T", zh = "T" }
[[task]]
entry = "ENTRY"
points = { correctness = 15 }
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "course"
    for topic, entry in (("attention", "attend"), ("rnn", "unroll")):
        (root / "assignments" / topic).mkdir(parents=True)
        tasks = [TOML.replace("ENTRY", entry)] + [TOML.split("\n", 2)[2].replace("ENTRY", f"more_{i}") for i in range(5)]
        toml = "".join(tasks) + "[integration]\npoints = 10\n"
        (root / "assignments" / topic / "assignment.toml").write_text(toml)
        (root / "starter" / topic).mkdir(parents=True)
        (root / "starter" / topic / f"{topic}.py").write_bytes(STUB)
    (root / "assignments" / "course.toml").write_text('name = "C"\n[[unit]]\nid = "U1"\ntitle = "U"\ntopics = ["attention", "rnn"]\n')
    return load_course(root)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def fates(report: CollectReport) -> dict[str, str]:
    return {line.name: line.fate.value for line in report.lines}


def reason(report: CollectReport, name: str) -> str:
    return next(line.reason for line in report.lines if line.name == name)


def everything(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("[!.]*")) if path.is_file()}


NOTEBOOK = json.dumps({
    "cells": [{"cell_type": "code", "execution_count": None, "id": "c", "metadata": {}, "outputs": [], "source": WORK.decode()}],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
}).encode()  # fmt: skip
CLASS = {
    "ann.py": WORK,
    "ben.ipynb": NOTEBOOK,
    "cat.zip": zipped({"attention.py": WORK, "answers.toml": b'a = ["b"]', "conftest.py": b"x"}),
    "dan/attention.py": WORK,
    "dan/notes.txt": b"x",
    "eve/hw.zip": zipped({"hw/attention.py": WORK}),
    "fay__attention.py": BETTER,
}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_every_shape_of_a_hand_in_is_taken(course: Course, workspace: Workspace, inbox: Path, form: str) -> None:
    """A file, an archive or a folder for each student, in a folder or in one zip, each become a receipt."""
    source = put(inbox, {**CLASS, ".DS_Store": b"x", "__MACOSX/._x": b"x"})
    if form == "zip":
        source = inbox.parent / "class.zip"
        source.write_bytes(zipped({**CLASS, ".DS_Store": b"x", "__MACOSX/._x": b"x"}))
    report = collect(course, workspace, "attention", source, NOW)
    assert set(fates(report).values()) == {"collected"}
    receipts = {receipt.student: receipt for receipt in workspace.submissions("attention")}
    assert list(receipts) == ["ann", "ben", "cat", "dan", "eve", "fay"]
    assert all(receipt.received_at == NOW for receipt in receipts.values())
    assert receipts["ann"].digest == receipts["dan"].digest == receipts["eve"].digest
    assert receipts["ben"].files == ("attention.ipynb",)
    assert workspace.files(receipts["cat"]) == {"attention.py": WORK, "answers.toml": b'a = ["b"]'}
    assert workspace.files(receipts["fay"]) == {"attention.py": BETTER}


def test_what_was_kept_is_what_will_be_graded(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Loading the kept files gives the submission of the receipt, with its digest."""
    collect(course, workspace, "attention", put(inbox, CLASS), NOW)
    for receipt in workspace.submissions("attention"):
        assert load_submission("attention", workspace.files(receipt), {}).digest == receipt.digest


def test_originals_are_kept_as_they_came(course: Course, workspace: Workspace, inbox: Path) -> None:
    """An archive is kept closed, a folder with all that was in it, a file byte for byte."""
    collect(course, workspace, "attention", put(inbox, CLASS), NOW)
    receipts = {receipt.student: receipt for receipt in workspace.submissions("attention")}
    assert (workspace.root / receipts["cat"].original).read_bytes() == CLASS["cat.zip"]
    assert (workspace.root / receipts["cat"].original).name == "cat.zip"
    assert everything(workspace.root / receipts["dan"].original) == {"attention.py": WORK, "notes.txt": b"x"}
    assert everything(inbox) == CLASS


def test_a_single_file_is_collected(course: Course, workspace: Workspace, inbox: Path) -> None:
    """One module, or the archive of one student, is a collection of its own."""
    put(inbox, {"ann.py": WORK, "ben.zip": zipped({"attention/attention.py": WORK})})
    assert collect(course, workspace, "attention", inbox / "ann.py", NOW).lines[0].student == "ann"
    assert collect(course, workspace, "attention", inbox / "ben.zip", NOW).lines[0].student == "ben"
    assert [receipt.student for receipt in workspace.submissions("attention")] == ["ann", "ben"]


def test_collecting_twice_changes_nothing(course: Course, workspace: Workspace, inbox: Path) -> None:
    """The same again is known, whatever the clock and the files' own times say."""
    put(inbox, CLASS)
    collect(course, workspace, "attention", inbox, NOW)
    before = everything(workspace.root)
    os.utime(inbox / "ann.py", (0, 0))
    report = collect(course, workspace, "attention", inbox, LATER)
    assert set(fates(report).values()) == {"already collected"}
    assert everything(workspace.root) == before


def test_another_hand_in_is_a_new_attempt(course: Course, workspace: Workspace, inbox: Path) -> None:
    """The latest attempt counts and all are kept; collecting an old one again does not bring it back."""
    collect(course, workspace, "attention", put(inbox, {"ann.py": WORK}), NOW)
    report = collect(course, workspace, "attention", put(inbox, {"ann.py": BETTER}), LATER)
    assert report.lines[0].attempt == 2
    assert [(r.attempt, r.received_at) for r in workspace.attempts("attention")] == [(1, NOW), (2, LATER)]
    assert workspace.files(workspace.submissions("attention")[0]) == {"attention.py": BETTER}
    report = collect(course, workspace, "attention", put(inbox, {"ann.py": WORK}), LATER)
    assert report.lines[0].fate == Fate.KNOWN
    assert report.lines[0].reason == "attempt 2 came later and counts"
    assert workspace.submissions("attention")[0].attempt == 2


def test_two_hand_ins_of_one_student_are_reported(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Nobody guesses which of two counts: both are refused with a reason and both are kept; the others are taken."""
    put(inbox, {"ann.py": WORK, "ann/attention.py": BETTER, "ben.py": WORK})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert fates(report) == {"ann": "refused", "ann.py": "refused", "ben.py": "collected"}
    expected = "2 hand-ins of one student (ann, ann.py): none of them counts. All are kept; leave one there and collect again."
    assert reason(report, "ann.py") == reason(report, "ann") == expected
    assert [receipt.student for receipt in workspace.submissions("attention")] == ["ben"]
    kept = set(everything(workspace.root / "received").values())
    assert {WORK, BETTER} <= kept


def test_a_duplicate_leaves_an_earlier_attempt_in_place(course: Course, workspace: Workspace, inbox: Path) -> None:
    """What a student handed in before goes on counting."""
    collect(course, workspace, "attention", put(inbox, {"ann.py": WORK}), NOW)
    report = collect(course, workspace, "attention", put(inbox, {"ann.ipynb": NOTEBOOK}), LATER)
    assert "attempt 1 of before still counts" in reason(report, "ann.py")
    assert len(workspace.attempts("attention")) == 1


def test_two_members_of_one_name_in_a_zip_are_a_duplicate(course: Course, workspace: Workspace, tmp_path: Path) -> None:
    """A zip can hold one name twice: the last does not win."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("ann.py", WORK)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("ann.py", BETTER)
    (tmp_path / "class.zip").write_bytes(buffer.getvalue())
    report = collect(course, workspace, "attention", tmp_path / "class.zip", NOW)
    assert [line.fate for line in report.lines] == [Fate.REFUSED, Fate.REFUSED]
    assert set(everything(workspace.root).values()) == {WORK, BETTER}


def test_a_file_of_another_topic_is_refused(course: Course, workspace: Workspace, inbox: Path) -> None:
    """What is named for another topic and defines nothing of this one is sent there; a wrong name alone is no fault."""
    put(inbox, {"ann__rnn.py": OTHER, "ben/rnn.py": OTHER, "cat/rnn.py": WORK, "dan/mine.py": OTHER})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert fates(report) == {"ann__rnn.py": "refused", "ben": "refused", "cat": "collected", "dan": "collected"}
    expected = "is of the topic rnn, and defines nothing of attention. Collect it with `grader collect rnn`."
    assert reason(report, "ann__rnn.py") == reason(report, "ben") == expected
    assert set(fates(collect(course, workspace, "rnn", inbox / "ben", NOW)).values()) == {"refused"}


def test_a_file_named_for_a_topic_has_no_student(course: Course, workspace: Workspace, inbox: Path) -> None:
    """`attention.py` at the top could be anybody's."""
    report = collect(course, workspace, "attention", put(inbox, {"attention.py": WORK}), NOW)
    assert report.lines[0].reason.startswith("is named for a topic, so nobody knows whose it is. Rename it after the student")


@pytest.mark.parametrize(
    "name", ["a b.py", "ann\x1b[2J.py", "-rf.py", "学生.py", "=cmd.py", "n" * 65 + ".py", "gpj\u202e.py", "__attention.py"]
)
def test_odd_names_of_students_are_refused(course: Course, workspace: Workspace, inbox: Path, name: str) -> None:
    """A name that is unsafe somewhere is refused and shown with what cannot be seen written out."""
    report = collect(course, workspace, "attention", put(inbox, {name: WORK}), NOW)
    assert "is no name of a student; expected 1 to 64 of" in report.lines[0].reason
    assert report.lines[0].name.isprintable()
    assert report.lines[0].student is None
    assert workspace.attempts("attention") == ()


def test_each_refusal_has_its_reason_and_stays_where_it_was(course: Course, workspace: Workspace, inbox: Path) -> None:
    """One bad hand-in costs nobody else theirs."""
    put(inbox, {
        "ann.py": WORK, "roster.csv": b"x", "ben.zip": b"PK no", "cat.py": b"\xff", "dan/a.py": WORK, "dan/b.py": WORK,
        "eve/notes.txt": b"x",
    })  # fmt: skip
    (inbox / "fay.py").symlink_to("/etc/passwd")
    (inbox / "gil").mkdir()
    (inbox / "gil" / "attention.py").symlink_to("/etc/passwd")
    before = everything(inbox)
    report = collect(course, workspace, "attention", inbox, NOW)
    assert [line.name for line in report.lines if line.fate == Fate.COLLECTED] == ["ann.py"]
    assert reason(report, "roster.csv").startswith("is nothing that is handed in; expected one of student-01/, student-01.py")
    assert reason(report, "ben.zip").startswith("The archive is damaged")
    assert reason(report, "cat.py") == "line 1 is not UTF-8. Save the file as UTF-8."
    assert "There are 2 modules (a.py, b.py…)" in reason(report, "dan")
    assert reason(report, "eve") == "There is no .py and no .ipynb in it. Hand in attention.py or attention.ipynb."
    assert reason(report, "fay.py") == "cannot be read: too many levels of symbolic links."
    assert reason(report, "gil") == "attention.py: it is a link. Put the file itself in."
    assert everything(inbox) == before


def test_hostile_members_of_a_class_zip_harm_their_student_alone(course: Course, workspace: Workspace, tmp_path: Path) -> None:
    """A climbing name, a bomb or a collision in one student's folder is that student's refusal."""
    files = {
        "ann/attention.py": WORK, "../ben.py": WORK, "/cat.py": WORK, "dan/../../x.py": WORK, "eve/attention.py": bytes(40 * 2**20),
        "fay/attention.py": WORK, "fay/ATTENTION.py": WORK, "gil.py": WORK, "empty/": b"",
    }  # fmt: skip
    (tmp_path / "class.zip").write_bytes(zipped(files))
    report = collect(course, workspace, "attention", tmp_path / "class.zip", NOW)
    assert [line.name for line in report.lines if line.fate == Fate.COLLECTED] == ["gil.py", "ann"]
    assert "'..' is no name of a student" in reason(report, "..")
    assert "'' is no name of a student" in reason(report, "")
    assert "climbs out of the archive" in reason(report, "dan")
    assert "it is larger than 32 MiB" in reason(report, "eve")
    assert "some systems cannot tell it from" in reason(report, "fay")
    assert "There is no .py" in reason(report, "empty")
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".py")] == []


def test_a_damaged_class_zip_says_so(course: Course, workspace: Workspace, tmp_path: Path) -> None:
    """A zip that cannot be opened is one error; damage inside is that member's."""
    data = zipped({"ann.py": os.urandom(300), "ben.py": WORK})
    (tmp_path / "class.zip").write_bytes(data[:-60])
    with pytest.raises(SubmissionError, match=r"class\.zip cannot be opened: .*\. Download it again"):
        collect(course, workspace, "attention", tmp_path / "class.zip", NOW)
    (tmp_path / "class.zip").write_bytes(data[:60] + b"\0\0\0\0" + data[64:])
    report = collect(course, workspace, "attention", tmp_path / "class.zip", NOW)
    assert reason(report, "ann.py").startswith("it is damaged: Bad CRC-32")
    assert fates(report)["ben.py"] == "collected"


def test_nothing_to_collect_says_what_is_expected(course: Course, workspace: Workspace, inbox: Path) -> None:
    """An empty folder, an empty zip and a source that is not there each name the next step."""
    (inbox / ".DS_Store").write_bytes(b"x")
    with pytest.raises(CourseError, match=r"There is nothing to collect in .*inbox; expected one of student-01/"):
        collect(course, workspace, "attention", inbox, NOW)
    (inbox.parent / "empty.zip").write_bytes(zipped({}))
    with pytest.raises(CourseError, match=r"There is nothing to collect in .*empty\.zip"):
        collect(course, workspace, "attention", inbox.parent / "empty.zip", NOW)
    with pytest.raises(CourseError, match=r"nowhere does not exist; expected one of"):
        collect(course, workspace, "attention", inbox / "nowhere", NOW)


def test_a_misspelt_topic_is_told_the_right_one(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Nothing is collected for a topic that is not there."""
    with pytest.raises(CourseError, match=r"There is no topic 'atention'; did you mean 'attention'\?"):
        collect(course, workspace, "atention", put(inbox, CLASS), NOW)
    assert not workspace.root.exists()


def test_a_full_disk_loses_nothing(course: Course, workspace: Workspace, inbox: Path) -> None:
    """When the disk takes no more, the error names the file, and collecting again completes the work."""
    put(inbox, {"ann.py": WORK, "ben.py": WORK + b"#" * 5000})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(HarnessError, match=r"ben\.py cannot be written: file too large"):
            collect(course, workspace, "attention", inbox, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [receipt.student for receipt in workspace.submissions("attention")] == ["ann"]
    assert fates(collect(course, workspace, "attention", inbox, LATER)) == {"ann.py": "already collected", "ben.py": "collected"}


def test_a_workspace_that_cannot_be_made_is_named(course: Course, inbox: Path) -> None:
    """A path below a regular file cannot become a workspace."""
    put(inbox, {"ann.py": WORK})
    with pytest.raises(HarnessError, match=r"cannot be written: not a directory"):
        collect(course, Workspace(inbox / "ann.py" / "workspace"), "attention", inbox, NOW)


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from grader.course import load_course
from grader.workflow.collect import collect
from grader.workspace import Workspace
root, workspace, inbox = map(Path, sys.argv[1:4])
course = load_course(root)
collect(course, Workspace(workspace), "attention", inbox, datetime.now(UTC))
"""


def test_a_kill_at_any_point_loses_nothing(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Whenever collecting is killed, collecting again ends with every hand-in received exactly once."""
    students = {f"student-{i:03}.py": WORK + f"# {i}\n".encode() for i in range(200)}
    put(inbox, students)
    command = [sys.executable, "-c", KILLED, str(course.root), str(workspace.root), str(inbox)]
    for enough in (1, 60, 120):  # files written so far: originals, submissions and receipts
        with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as child:
            while child.poll() is None and len(everything(workspace.root)) < enough:
                time.sleep(0.001)
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
    collect(course, workspace, "attention", inbox, LATER)
    receipts = workspace.attempts("attention")
    assert [receipt.student for receipt in receipts] == [name.removesuffix(".py") for name in students]
    assert all(workspace.files(receipt) == {"attention.py": students[f"{receipt.student}.py"]} for receipt in receipts)
    assert all((workspace.root / receipt.original).is_file() for receipt in receipts)
