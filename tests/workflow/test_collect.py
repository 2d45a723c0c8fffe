"""Claims about collecting what a class handed in."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.claims import Naming
from grader.course import Course, load_course
from grader.errors import CourseError, HarnessError, SubmissionError
from grader.lateness import Extension, LatePolicy
from grader.records import keep_extension
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
    assert set(everything(workspace.root / "received").values()) == {WORK, BETTER}


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


def roster(workspace: Workspace, *rows: str) -> None:
    workspace.root.mkdir(exist_ok=True)
    (workspace.root / "roster.csv").write_text("\n".join(("id,name,email,lms_id", *rows, "")), encoding="utf-8")


def students(workspace: Workspace) -> list[str]:
    return [receipt.student for receipt in workspace.submissions("attention")]


CANVAS = {
    "doejane_101_9001_attention.py": WORK,
    "doejane_101_9002_answers.toml": b'a = ["b"]',
    "libo_LATE_102_9003_hw.zip": zipped({"attention.py": WORK, "answers.toml": b'a = ["c"]'}),
    "liann_103_9004_attention-1.py": BETTER,
    "liann_103_9001_attention.py": WORK,
    "liann_103_9005_answers-2.toml": b'a = ["d"]',
    "kimsu_104_text.html": b"<p>hello</p>",
    "roesam_105_9006_report.pdf": b"%PDF",
}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_what_canvas_gives_out_is_taken(course: Course, workspace: Workspace, inbox: Path, form: str) -> None:
    """The files of one student are one hand-in with one line; the newest version counts; what Canvas says of lateness is told."""
    roster(workspace, "jane,Jane Doe,,101", "102,Bo Li,,", "ann,Ann Li,,", "sam,Sam Roe,,105", "zoe,Zoe,,")
    source = put(inbox, CANVAS)
    if form == "zip":
        source = inbox.parent / "submissions.zip"
        source.write_bytes(zipped(CANVAS))
    report = collect(course, workspace, "attention", source, NOW)
    lines = {line.student or line.name: line for line in report.lines}
    assert len(lines) == len(report.lines) == 5
    assert (lines["jane"].name, lines["jane"].reason) == ("doejane_101_9001_attention.py, doejane_101_9002_answers.toml", "")
    assert lines["102"].reason == "Canvas calls it late"
    assert lines["ann"].reason == "by name; attention-1.py counts, which Canvas numbered after attention.py"
    assert (lines["kimsu_104_text.html"].fate, lines["kimsu_104_text.html"].attempt) == (Fate.IGNORED, None)
    assert lines["sam"].reason == "There is no .py and no .ipynb in it. Hand in attention.py or attention.ipynb."
    receipts = {receipt.student: receipt for receipt in workspace.submissions("attention")}
    assert list(receipts) == ["102", "ann", "jane"]
    assert workspace.files(receipts["jane"]) == {"attention.py": WORK, "answers.toml": b'a = ["b"]'}
    assert workspace.files(receipts["ann"]) == {"attention.py": BETTER, "answers.toml": b'a = ["d"]'}
    assert workspace.files(receipts["102"])["answers.toml"] == b'a = ["c"]'
    assert set(everything(workspace.root / receipts["ann"].original)) == {name for name in CANVAS if name.startswith("liann")}
    assert report.missing == ("zoe",)


@pytest.mark.parametrize("form", ["folders", "files"])
@pytest.mark.parametrize("container", ["folder", "zip"])
def test_what_moodle_gives_out_is_taken(course: Course, workspace: Workspace, inbox: Path, form: str, container: str) -> None:
    """Folders or flat files, with a group's name before a person's; a text typed into Moodle is ignored with a line."""
    cut = "/" if form == "folders" else ""
    files = {
        f"Jane Doe_101_assignsubmission_file_{cut}attention.py": WORK,
        f"Jane Doe_101_assignsubmission_file_{cut}answers.toml": b'a = ["b"]',
        f"Group A-Zoë van Ek_102_assignsubmission_file_{cut}hw.zip": zipped({"attention.py": BETTER}),
        f"Jane Doe_101_assignsubmission_onlinetext_{cut}onlinetext.html": b"<p>",
        f"Max Roe_105_assignsubmission_file_{cut}attention.py": WORK,
    }
    roster(workspace, "jane,Jane Doe,,", "zoe,Zoe van Ek,,")
    source = put(inbox, files)
    if container == "zip":
        source = inbox.parent / "moodle.zip"
        source.write_bytes(zipped(files))
    report = collect(course, workspace, "attention", source, NOW)
    assert sorted((line.fate.value, line.student or "", line.reason) for line in report.lines) == [
        ("collected", "jane", "by name"),
        ("collected", "zoe", "by name"),
        ("ignored", "", "is a part of the hand-in that Moodle calls onlinetext; nothing in it is graded."),
        ("not in the roster", "",
         "nobody in roster.csv has Moodle's number 105 or the name Max Roe. Write 105 into the lms_id of whose it is, or collect with --enrol."),
    ]  # fmt: skip
    assert [workspace.files(receipt) for receipt in workspace.submissions("attention")] == [
        {"attention.py": WORK, "answers.toml": b'a = ["b"]'}, {"attention.py": BETTER},
    ]  # fmt: skip


def test_who_is_not_in_the_roster_stays_in_the_inbox(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Unknown work is in the report and nowhere else; enrolled, it is taken in the same run and known in the next."""
    roster(workspace, "ann,Ann,,")
    put(inbox, {"ann.py": WORK, "bob.py": BETTER, "doejane_101_9001_attention.py": WORK})
    before = everything(inbox)
    report = collect(course, workspace, "attention", inbox, NOW)
    assert [line.name for line in report.unknown] == ["bob.py", "doejane_101_9001_attention.py"]
    assert report.refused == ()
    assert BETTER not in everything(workspace.root).values()
    assert students(workspace) == ["ann"]
    report = collect(course, workspace, "attention", inbox, LATER, enrol=True)
    assert report.enrolled == ("bob", "101")
    assert [(line.fate, line.reason) for line in report.lines] == [
        (Fate.KNOWN, "the same file as 101"), (Fate.COLLECTED, "enrolled"), (Fate.COLLECTED, "enrolled; the same file as ann"),
    ]  # fmt: skip
    assert (workspace.root / "roster.csv").read_text() == "id,name,email,lms_id\nann,Ann,,\nbob,,,\n101,doejane,,101\n"
    assert collect(course, workspace, "attention", inbox, LATER).unknown == ()
    assert everything(inbox) == before


def test_without_a_roster_the_numbers_are_ids(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Everybody is taken in and the report says what they are called; `enrol` begins a roster, which then knows them by name."""
    name = "Jane Doe_%s_assignsubmission_file_attention.py"
    put(inbox, {name % 55: WORK, "libo_102_9003_attention.py": BETTER})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert students(workspace) == ["102", "55"]
    assert [note.partition(" are taken")[0] for note in report.notes] == [
        "There is no roster.csv: Canvas's numbers",
        "There is no roster.csv: Moodle's numbers, which are others in each assignment,",
    ]
    assert (report.roster, report.missing) == (None, ())
    collect(course, workspace, "attention", inbox, NOW, enrol=True)
    put(inbox.parent / "next", {name % 77: OTHER})
    assert collect(course, workspace, "rnn", inbox.parent / "next", NOW).lines[0].student == "55"


def test_a_faulty_roster_stops_the_work(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Nothing is collected by a roster that is wrong."""
    roster(workspace, "ann,,,", "Ann,,,")
    with pytest.raises(CourseError, match="line 3: the id Ann is that of line 2"):
        collect(course, workspace, "attention", put(inbox, {"ann.py": WORK}), NOW)
    assert not (workspace.root / "receipts").exists()


def test_a_naming_that_is_asked_for_is_held(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Plain: the whole name is the student. Canvas: another name is refused. Unasked, an id of the roster is plain."""
    put(inbox, {"doe_1_2_attention.py": WORK, "ann.py": WORK})
    report = collect(course, workspace, "attention", inbox, NOW, naming=Naming.CANVAS)
    assert reason(report, "ann.py").startswith("is not named as Canvas names files. Collect it with --names auto")
    assert students(workspace) == ["1"]
    assert collect(course, workspace, "attention", inbox, NOW, naming=Naming.PLAIN).lines[1].student == "doe_1_2_attention"
    roster(workspace, "doe_1_2_attention,,,", "ann,,,")
    assert collect(course, workspace, "attention", inbox, NOW).lines[1].fate == Fate.KNOWN


def test_one_student_under_two_ids_is_a_duplicate(course: Course, workspace: Workspace, inbox: Path) -> None:
    """The roster knows that an id and a number are one person; so are two spellings of one id."""
    roster(workspace, "ann,Ann Li,,103", "ben,,,")
    put(inbox, {"ann.py": WORK, "liann_103_9004_attention.py": BETTER, "ben.py": WORK, "BEN.ipynb": NOTEBOOK})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert {line.reason.partition(":")[0] for line in report.lines} == {
        "2 hand-ins of one student (ann.py, liann_103_9004_attention.py)", "2 hand-ins of one student (BEN.ipynb, ben.py)",
    }  # fmt: skip
    assert {WORK, BETTER, NOTEBOOK} <= set(everything(workspace.root / "received").values())
    assert students(workspace) == []


def test_names_that_some_systems_cannot_tell_apart_are_one(course: Course, workspace: Workspace, inbox: Path) -> None:
    """`Ann` and `ann` would share a folder on Windows: together they are a duplicate, one after the other one student."""
    report = collect(course, workspace, "attention", put(inbox, {"Ann.py": WORK, "ann.py": BETTER}), NOW)
    assert [line.fate for line in report.lines] == [Fate.REFUSED, Fate.REFUSED]
    (inbox / "ann.py").unlink()
    collect(course, workspace, "attention", inbox, NOW)
    (inbox / "Ann.py").unlink()
    report = collect(course, workspace, "attention", put(inbox, {"ANN.py": BETTER}), NOW)
    assert (report.lines[0].student, report.lines[0].attempt) == ("Ann", 2)


def test_the_same_hand_in_twice_is_one(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Two files of one student with one content are no duplicate: nobody has to choose."""
    put(inbox, {"ann.py": WORK, "ann/attention.py": WORK})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert [(line.fate, line.reason) for line in report.lines] == [(Fate.COLLECTED, ""), (Fate.KNOWN, "the same hand-in as ann")]
    assert [receipt.attempt for receipt in workspace.attempts("attention")] == [1]


def test_hand_ins_that_cannot_be_graded_need_no_choice(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Of two that are broken each says why, and both are kept; one that is not broken still is not chosen for the student."""
    report = collect(course, workspace, "attention", put(inbox, {"ann.py": b"\xff", "ann.zip": b"PK no"}), NOW)
    assert [line.reason.partition(".")[0] for line in report.lines] == ["line 1 is not UTF-8", "The archive is damaged: its end is missing"]
    assert {b"\xff", b"PK no"} <= set(everything(workspace.root / "received").values())
    report = collect(course, workspace, "attention", put(inbox, {"ann.ipynb": NOTEBOOK}), NOW)
    assert {line.reason.partition(" (")[0] for line in report.lines} == {"3 hand-ins of one student"}


def test_the_same_file_of_two_students_is_told(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Both are taken and each line names the other, in this collection or from one before; the starter is nobody's."""
    put(inbox, {"ann.py": WORK, "ben.py": WORK, "cat.py": BETTER, "dan.py": STUB, "eve.py": STUB})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert [line.reason for line in report.lines] == [
        "the same file as ben", "the same file as ann", "", "the starter, unchanged", "the starter, unchanged",
    ]  # fmt: skip
    put(inbox.parent / "late", {"gil.py": WORK})
    assert collect(course, workspace, "attention", inbox.parent / "late", NOW).lines[0].reason == "the same file as ann, ben"


def test_both_forms_in_one_hand_in(course: Course, workspace: Workspace, inbox: Path) -> None:
    """The form that was changed counts and the line says which; if both were, neither does."""
    starter = NOTEBOOK.replace(WORK.decode().replace("\n", "\\n").encode(), STUB.decode().replace("\n", "\\n").encode())
    (course.starter_dir("attention") / "attention.ipynb").write_bytes(starter)
    put(inbox, {
        "ann.zip": zipped({"attention.py": STUB, "attention.ipynb": NOTEBOOK}),
        "ben.zip": zipped({"attention.py": WORK, "attention.ipynb": starter}),
        "cat.zip": zipped({"attention.py": BETTER, "attention.ipynb": NOTEBOOK}),
    })  # fmt: skip
    report = collect(course, workspace, "attention", inbox, NOW)
    assert [line.reason for line in report.lines] == [
        "attention.ipynb counts, not attention.py",
        "attention.py counts, not attention.ipynb",
        "Both attention.ipynb, attention.py were changed. Hand in one of them, or name it with --submission.",
    ]
    assert [receipt.files for receipt in workspace.submissions("attention")] == [("attention.ipynb",), ("attention.py",)]


def test_a_module_that_canvas_numbered_is_of_its_topic(course: Course, workspace: Workspace, inbox: Path) -> None:
    """`rnn-1.py` is one of another topic; `part-1.py` and `part-2.py` are two modules, not two versions."""
    put(inbox, {"doe_1_11_rnn-1.py": OTHER, "roe_2_12_part-1.py": WORK, "roe_2_13_part-2.py": BETTER, "poe_3_14_part-2.py": BETTER})
    report = collect(course, workspace, "attention", inbox, NOW)
    assert {line.student: line.reason.partition(" (")[0] for line in report.lines} == {
        "1": "is of the topic rnn, and defines nothing of attention. Collect it with `grader collect rnn`.",
        "2": "There are 2 modules",
        "3": "",
    }


def encrypted(files: dict[str, bytes]) -> bytes:
    """Set the bit of encryption in both headers of each member."""
    data = bytearray(zipped(files))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(header)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(header, at + 4)
    return bytes(data)


ODD = {
    "empty.zip": (zipped({}), "refused", "It is empty. There is no .py and no .ipynb in it."),
    "nothing/": (b"", "refused", "It is empty. There is no .py and no .ipynb in it."),
    "nested.zip": (zipped({"hw.zip": zipped({"attention.py": WORK})}), "collected", "the same file as ann"),
    "deep.zip": (zipped({"a.zip": zipped({"b.zip": zipped({"attention.py": WORK})})}), "refused", "There is no .py and no .ipynb in it. H"),
    "two.zip": (zipped({"a.zip": b"", "b.zip": b""}), "refused", "There are 2 archives (a.zip, b.zip) and no module. Hand in one."),
    "locked.zip": (encrypted({"attention.py": WORK}), "refused", "attention.py: it is encrypted. Zip it without a password."),
    "hidden.zip": (zipped({"a\u202e.py": WORK}), "refused", "a\\u202e.py: its name has characters that cannot be seen. Rename it."),
    "twins.zip": (zipped({"\u00e9.py": WORK, "e\u0301.py": WORK}), "refused", "\u00e9.py: some systems cannot tell it from '\u00e9.py'. R"),
    "CON.py": (WORK, "refused", "'CON' is no name of a student: Windows keeps it for a device."),
    "aux.py": (WORK, "refused", "'aux' is no name of a student: Windows keeps it for a device."),
    "eve./attention.py": (WORK, "refused", "'eve.' is no name of a student: Windows drops the dot at its end."),
    "quiz/answers.toml": (b'a = ["b"]', "refused", "It holds the answers of the quiz and no module. Both are handed in together."),
    ".fay.py": (WORK, "ignored", "is hidden: its name begins with a dot. If it is a hand-in, rename it."),
    "ann.py": (WORK, "collected", "the same file as nested"),
}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_each_odd_hand_in_has_its_line(course: Course, workspace: Workspace, inbox: Path, form: str) -> None:
    """Nothing is lost without a word, in a folder or in a zip; only what systems leave behind has no line."""
    litter = {".DS_Store": b"x", "._ann.py": b"x", "__MACOSX/._x": b"x", "Thumbs.db": b"x"}
    files = {name: data for name, (data, *_) in ODD.items()} | litter
    if form == "zip":
        source = inbox.parent / "class.zip"
        source.write_bytes(zipped(files))
    else:
        (inbox / "nothing").mkdir()
        source = put(inbox, {name: data for name, data in files.items() if not name.endswith("/")})
    report = collect(course, workspace, "attention", source, NOW)
    assert {line.name: (line.fate.value, line.reason) for line in report.lines}.keys() == {name.partition("/")[0] for name in ODD}
    for line in report.lines:
        fate, start = next(expected for name, (_, *expected) in ODD.items() if name.partition("/")[0] == line.name)
        assert line.fate == fate
        assert line.reason.startswith(start)
    assert len(report.lines) == len(ODD)


def test_names_that_are_no_text_are_shown(course: Course, workspace: Workspace, inbox: Path) -> None:
    """A name of bytes that are no UTF-8 is refused, printable, and everybody else is taken."""
    for name in (b"bo\xffb.py", b"doejane_101_9001_\xff.py"):
        (Path(os.fsdecode(os.fsencode(inbox) + b"/" + name))).write_bytes(WORK)
    report = collect(course, workspace, "attention", put(inbox, {"ann.py": WORK}), NOW)
    assert fates(report) == {"ann.py": "collected", "bo\\udcffb.py": "refused", "doejane_101_9001_\\udcff.py": "refused"}
    json.dumps([refusal.name for refusal in workspace.refused("attention")]).encode()


NAMES = st.one_of(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.from_regex(r"[a-c]_(LATE_)?1[0-2]_[0-9]_(attention|x)(-[12])?\.(py|zip|toml)", fullmatch=True),
    st.from_regex(r"[a-c]_1[0-2]_assignsubmission_(file|onlinetext)_[a-c]\.py", fullmatch=True),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.sets(NAMES, max_size=8), enrol=st.booleans())
def test_no_name_stops_a_collection(course: Course, tmp_path_factory: pytest.TempPathFactory, names: set[str], enrol: bool) -> None:
    """Whatever files are called, each line can be printed and no student is without one."""
    folder = tmp_path_factory.mktemp("names")
    source, workspace = folder / "class.zip", Workspace(folder / "workspace")
    source.write_bytes(zipped(dict.fromkeys({*names, "zoe.py"}, WORK)))
    report = collect(course, workspace, "attention", source, NOW, enrol=enrol)
    assert all(line.name.isprintable() and line.reason.isprintable() for line in report.lines)
    assert all(line.reason for line in report.lines if line.fate not in (Fate.COLLECTED, Fate.KNOWN))
    taken = {line.student for line in report.lines if line.fate is Fate.COLLECTED}
    assert set(students(workspace)) == taken >= {"zoe"}
    assert {refusal.name for refusal in workspace.refused("attention")} == {line.name for line in (*report.refused, *report.unknown)}


def due(course: Course) -> Course:
    policy = LatePolicy(grace_minutes=10, rate_percent=10)
    return replace(course, timezone="Asia/Taipei", due={"attention": datetime(2026, 11, 21, 16, 0)}, late=policy)  # 8:00 UTC


def test_late_files_are_taken_and_told(course: Course, workspace: Workspace, inbox: Path) -> None:
    """A late hand-in says how late; who has more time is in time; the policy is the book's."""
    keep_extension(workspace, Extension(student="ben", topic="attention", until=NOW))
    report = collect(due(course), workspace, "attention", put(inbox, {"ann.py": WORK, "ben.py": BETTER}), NOW)
    assert [(line.fate, line.late_s, line.reason) for line in report.lines] == [
        (Fate.COLLECTED, 7200, "2 h after the due date: 10 % taken off"), (Fate.COLLECTED, 0, "in time, with an extension"),
    ]  # fmt: skip
    put(inbox, {"ann.py": BETTER})
    report = collect(due(course), workspace, "attention", inbox, NOW, received_at=NOW - timedelta(hours=3))
    assert (report.lines[0].late_s, report.lines[0].reason) == (0, "the same file as ben")


def test_a_time_can_be_given(course: Course, workspace: Workspace, inbox: Path) -> None:
    """For all, in the course's zone where none is written, and for each student by a file, which goes before."""
    (inbox.parent / "times.csv").write_text("id,received_at\nBEN,2026-11-21 16:30\nzoe,2026-11-21 16:30\n")
    put(inbox, {"ann.py": WORK, "ben.py": BETTER})
    at = datetime(2026, 11, 21, 15, 0)
    report = collect(due(course), workspace, "attention", inbox, NOW, received_at=at, times=inbox.parent / "times.csv")
    assert [receipt.received_at for receipt in workspace.submissions("attention")] == [
        datetime(2026, 11, 21, 7, 0, tzinfo=UTC), datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    ]  # fmt: skip
    assert [line.late_s for line in report.lines] == [0, 1800]
    assert report.notes == ("times.csv gives the times of 1 whom nobody knows: zoe",)
    roster(workspace, "ann,,,", "ben,,,", "zoe,,,")
    assert collect(due(course), workspace, "attention", inbox, NOW, times=inbox.parent / "times.csv").notes == ()


def test_nothing_was_received_in_the_future(course: Course, workspace: Workspace, inbox: Path) -> None:
    """A time that is still to come is refused before anything is taken in or anybody enrolled."""
    put(inbox, {"ann.py": WORK})
    with pytest.raises(CourseError, match=r"2026-11-22 10:00 UTC is in the future"):
        collect(course, workspace, "attention", inbox, NOW, received_at=LATER, enrol=True)
    (inbox.parent / "times.csv").write_text("id,received_at\nann,2026-11-22 10:00\n")
    with pytest.raises(CourseError, match=r"line 2: 2026-11-22 10:00 UTC is in the future"):
        collect(course, workspace, "attention", inbox, NOW, times=inbox.parent / "times.csv", enrol=True)
    assert not workspace.root.exists()


def test_a_time_that_came_later_corrects_a_receipt(course: Course, workspace: Workspace, inbox: Path) -> None:
    """A file of times given at the second collection counts, but nothing is ever received later than we had it."""
    put(inbox, {"ann.py": WORK, "ben.py": BETTER})
    collect(course, workspace, "attention", inbox, NOW)
    (inbox.parent / "times.csv").write_text("id,received_at\nann,2026-11-20 09:00\nben,2026-11-21 11:00\n")
    report = collect(course, workspace, "attention", inbox, LATER, times=inbox.parent / "times.csv")
    assert [(line.fate, line.reason) for line in report.lines] == [
        (Fate.KNOWN, "its time was 2026-11-21 10:00 UTC, now it is 2026-11-20 09:00 UTC"), (Fate.KNOWN, ""),
    ]  # fmt: skip
    receipts = workspace.submissions("attention")
    assert [receipt.received_at for receipt in receipts] == [datetime(2026, 11, 20, 9, 0, tzinfo=UTC), NOW]
    assert collect(course, workspace, "attention", inbox, LATER, received_at=NOW - timedelta(days=9)).lines[0].reason == ""


def test_what_is_refused_is_kept_for_the_class(course: Course, workspace: Workspace, inbox: Path) -> None:
    """The latest of each name stays until it, or something else of its student, is taken in."""
    roster(workspace, "ann,,,", "ben,,,")
    collect(course, workspace, "attention", put(inbox, {"ann.zip": b"PK no", "ben.py": b"\xff", "zoe.py": WORK}), NOW)
    path = workspace.root / "refused" / "attention.json"
    assert [{**record, "reason": record["reason"][:20]} for record in json.loads(path.read_bytes())] == [
        {"name": "ann.zip", "student": "ann", "reason": "The archive is damag", "seen_at": "2026-11-21T10:00:00+00:00"},
        {"name": "ben.py", "student": "ben", "reason": "line 1 is not UTF-8.", "seen_at": "2026-11-21T10:00:00+00:00"},
        {"name": "zoe.py", "student": None, "reason": "nobody in roster.csv", "seen_at": "2026-11-21T10:00:00+00:00"},
    ]
    put(inbox.parent / "next", {"ann.py": WORK, "ben.py": b"\xfe"})
    collect(course, workspace, "attention", inbox.parent / "next", LATER)
    assert [(refusal.name, refusal.seen_at) for refusal in workspace.refused("attention")] == [("zoe.py", NOW), ("ben.py", LATER)]
    (inbox / "ann.zip").unlink()
    put(inbox, {"ben.py": BETTER})
    collect(course, workspace, "attention", inbox, LATER, enrol=True)
    assert workspace.refused("attention") == ()
    assert workspace.refused("rnn") == ()


def test_who_is_missing_is_told(course: Course, workspace: Workspace, inbox: Path) -> None:
    """Neither who handed in before, nor whose work was refused, has handed in nothing."""
    roster(workspace, "ann,,,", "ben,,,", "cat,,,", "dan,,,")
    collect(course, workspace, "attention", put(inbox, {"ann.py": WORK}), NOW)
    (inbox / "ann.py").unlink()
    report = collect(course, workspace, "attention", put(inbox, {"ben.py": b"\xff"}), NOW)
    assert (report.roster, report.missing) == (4, ("cat", "dan"))


def test_progress_is_told(course: Course, workspace: Workspace, inbox: Path) -> None:
    """One step for each line."""
    steps: list[tuple[int, int]] = []
    collect(course, workspace, "attention", put(inbox, CLASS), NOW, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(done, 6) for done in range(1, 7)]


def test_a_class_of_gigabytes_is_not_read_whole(course: Course, workspace: Workspace, tmp_path: Path) -> None:
    """Of a bulk zip one hand-in after another is unpacked, and one that is too large is refused alone."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(5):
            archive.writestr(f"doe_{i}_{i}_attention.py", WORK)
            archive.writestr(f"doe_{i}_{i + 100}_data.bin", bytes(20 * 2**20))
        archive.writestr("roe_99_1_a.bin", bytes(33 * 2**20))
    tracemalloc.start()
    report = collect(course, workspace, "attention", tmp_path / "class.zip", NOW)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 80 * 2**20
    assert [line.fate for line in report.lines] == [Fate.COLLECTED] * 5 + [Fate.REFUSED]
    assert "it is larger than 32 MiB" in report.lines[5].reason
