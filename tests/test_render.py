"""Claims about tables, JSON and letters."""

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from grader import render
from grader.reports import ClassReport, CollectLine, CollectReport, Fate, LimitLine, Stage, StudentLine, TaskLine, TopicLine
from grader.result import Outcome, PartScore, Result, State, Verdict

RESULT = Result(
    topic="self_attention", submission="sha256:5f", grader="sha256:a1", key="sha256:77", backend="b", device="cpu", torch="2",
    started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=1.92, complete=True, earned=92.33, possible=95, pending=5,
    parts=(
        PartScore(part="attend.correctness", points=10, earned=10, state=State.EARNED),
        PartScore(part="attend.gradient", points=5, earned=0, state=State.LOST),
        PartScore(part="attend.speed_cuda", points=5, earned=0, state=State.PENDING),
        PartScore(part="mask.property", points=5, earned=0, state=State.BLOCKED),
        PartScore(part="quiz", points=8, earned=5.33, state=State.PARTIAL),
    ),
    tests=(
        Outcome(id="public::TestAttend::test_example", part="attend.correctness", verdict=Verdict.PASSED, message="passed message"),
        Outcome(id="public::TestAttend::test_gradient", part="attend.gradient", verdict=Verdict.WRONG,
                message="Wrong.\ngot 1\nexpected 2", detail="secret detail"),
        Outcome(id="hidden::TestAttend::test_reference[long]", part="attend.gradient", verdict=Verdict.WRONG,
                message="The gradient is wrong.", suspected="The scale is missing.", hint=2, detail="dk[0] is 0.412"),
        Outcome(id="hidden::TestAttend::test_reference[short]", part="attend.gradient", verdict=Verdict.WRONG,
                message="The gradient is wrong.", suspected="The scale is missing.", hint=2, detail="dk[0] is 0.987"),
        Outcome(id="hidden::TestAttend::test_speed", part="attend.speed_cuda", verdict=Verdict.PENDING, message="No GPU."),
    ),
)  # fmt: skip

LETTER = """\
self_attention: 92.33 of 95 points, 5 pending

attend.correctness     10 of 10  earned
attend.gradient         0 of 5   lost
attend.speed_cuda       0 of 5   pending: waits for a GPU
mask.property           0 of 5   blocked: waits for its task's correctness
quiz                 5.33 of 8   partial

What did not pass:

attend.gradient: wrong  (public::TestAttend::test_gradient)
  Wrong.
  got 1
  expected 2

attend.gradient: wrong  (a hidden test and 1 more)
  The gradient is wrong.
  Perhaps: The scale is missing.
  Hint 2 of the task in the handout may help.
"""


def shown(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_letter_says_what_a_student_may_know() -> None:
    """Score, parts and each failure once; of a hidden test neither its name nor the instructor's detail."""
    assert render.feedback(RESULT) == LETTER


def test_full_marks_need_no_list_of_failures() -> None:
    """A letter without failures ends with the parts."""
    letter = render.feedback(replace(RESULT, tests=RESULT.tests[:1], pending=0, possible=100, earned=100))
    assert letter.startswith("self_attention: 100 of 100 points\n")
    assert "What did not pass" not in letter


def test_a_fault_of_the_harness_is_told_as_ours() -> None:
    """A letter without a mark blames nobody and shows no half result."""
    letter = render.feedback(replace(RESULT, complete=False, earned=None))
    assert letter.startswith("self_attention: not graded yet. The grader itself failed, not your work")
    assert "wrong" not in letter


@given(st.text(), st.text())
def test_a_letter_never_carries_controls_or_details(message: str, detail: str) -> None:
    """Whatever a student's code printed, the letter is plain lines; what is the instructor's is not in it."""
    test = replace(RESULT.tests[1], message=message, detail="DETAIL" + detail)
    letter = render.feedback(replace(RESULT, tests=(test,)))
    assert all(line.isprintable() for line in letter.split("\n"))
    assert "DETAIL" not in letter.replace(message, "")


def test_points_are_short() -> None:
    """Points have at most two digits behind the point, and none that say nothing."""
    assert [render.points(value) for value in (100, 92.33, 5.5, 0, 0.1)] == ["100", "92.33", "5.5", "0", "0.1"]


CLASS = ClassReport(
    topic="t",
    lines=(
        StudentLine(student="ann", attempt=1, what="lost [bold]x\x1b[2J",
                    read_more="feedback/t/ann.txt", earned=92.33, possible=95, pending=5, wall_s=1.94),
        StudentLine(student="ben", attempt=2, what="not graded yet", read_more="received/t/x"),
    ),
)  # fmt: skip


def test_the_class_as_a_table() -> None:
    """Each student is a row; markup and escapes in it are shown as they are."""
    text = shown(render.report_table(CLASS))
    row = next(line for line in text.splitlines() if "ann" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "ann", "92.33 of 95", "5", r"lost [bold]x\x1b[2J", "1.9", "feedback/t/ann.txt",
    ]  # fmt: skip
    assert "t: 2 students" in text
    assert "\x1b" not in text


def test_the_class_as_json() -> None:
    """The JSON has every field; what is not known is null."""
    record = json.loads(json.dumps(render.report_json(CLASS)))
    assert record["lines"][0]["earned"] == 92.33
    assert record["lines"][1]["earned"] is None


def test_a_collection_as_table_and_json() -> None:
    """The counts stand above, each refusal with its reason below."""
    report = CollectReport(
        topic="t",
        lines=(
            CollectLine(name="ann.py", fate=Fate.COLLECTED, student="ann", attempt=1),
            CollectLine(name="x.rar", fate=Fate.REFUSED, reason="is nothing that is handed in."),
        ),
    )
    text = shown(render.collect_table(report))
    assert "t: 1 collected, 1 refused" in text
    assert "is nothing that is handed in." in text
    assert json.loads(json.dumps(render.collect_json(report)))["lines"][1]["fate"] == "refused"
    assert report.refused == report.lines[1:]


NAMES = ("=1+1.py", "[bold]x\x1b[2J.py", f"{'z' * 240}.py")


def test_a_collection_obeys_no_name() -> None:
    """Names and reasons are shown as they are in the table, whole, and no spreadsheet runs one of the CSV."""
    lines = tuple(CollectLine(name=name, fate=Fate.UNKNOWN, reason=f"nobody has {name}") for name in NAMES)
    report = CollectReport(topic="t", lines=lines, notes=("about [red]all\x1b",))
    text = shown(render.collect_table(report))
    assert "[bold]x\\x1b[2J.py" in text
    assert "about [red]all\\x1b" in text
    assert "\x1b" not in text
    assert text.count("z") == 480
    rows = list(csv.DictReader(io.StringIO(render.collect_csv(report).decode())))
    assert [row["name"] for row in rows] == ["'=1+1.py", "[bold]x\\x1b[2J.py", NAMES[2]]
    assert rows[0] == {**rows[0], "fate": "not in the roster", "student": "", "attempt": "", "received_at": "", "late_s": ""}


def test_a_collection_tells_who_is_missing() -> None:
    """Below the table stand the first of the missing and of the newcomers; the JSON has all, and times as text."""
    moment = datetime(2026, 11, 29, 23, 40, tzinfo=timezone(timedelta(hours=8)))
    line = CollectLine(name="ann.py", fate=Fate.COLLECTED, student="ann", attempt=1, received_at=moment, late_s=60)
    missing = tuple(f"s{i}" for i in range(30))
    report = CollectReport(topic="t", lines=(line,), roster=31, missing=missing, enrolled=("ann",))
    text = " ".join(shown(render.collect_table(report)).split())
    assert "30 of 31 in the roster have handed in nothing yet: s0, s1," in text
    assert "s19, … 1 enrolled in roster.csv: ann" in text
    record = json.loads(json.dumps(render.collect_json(report)))
    assert record["missing"] == list(missing)
    assert record["lines"][0]["received_at"] == "2026-11-29T15:40:00+00:00"
    assert b"2026-11-29T15:40:00+00:00,60," in render.collect_csv(report)


def test_topics_as_table_and_json() -> None:
    """Each topic is a row with its state and the first thing that it lacks."""
    lines = [
        TopicLine(topic="a", unit="U1", stage=Stage.READY, title="A title", points=100),
        TopicLine(topic="b", unit="U1", stage=Stage.DRAFT, faults=("x is missing", "y is missing", "z is missing")),
        TopicLine(topic="c", unit="U2", stage=Stage.PLANNED),
    ]
    text = shown(render.topics_table(lines))
    assert "A title" in text
    assert "x is missing (+2 more)" in text
    assert json.loads(json.dumps(render.topics_json(lines)))[2] == {
        "topic": "c", "unit": "U2", "stage": "planned", "title": None, "points": None, "faults": [],
    }  # fmt: skip


@dataclass(frozen=True)
class Proof:
    name: str
    faults: tuple[str, ...]
    result: Result


@dataclass(frozen=True)
class Verification:
    topic: str
    proofs: tuple[Proof, ...]
    faults: tuple[str, ...]
    catches: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    tasks: tuple[TaskLine, ...] = ()
    limits: tuple[LimitLine, ...] = ()
    is_partial: bool = False


def test_tasks_and_limits_stand_below() -> None:
    """A row for each; a slow file without a ratio ran out of time. Of a part of the submissions there is no such table."""
    tasks = (TaskLine(entry="attend", parts="correctness 10", public_tests=3, hidden_tests=4, caught=17),)
    line = LimitLine(part="attend.speed", limit=3.0, nearest="accepted/loops", nearest_found=1.25, slow="slow/loop", slow_found=None)
    text = shown(render.verification(Verification("t", (), (), {}, (), tasks, (line,))))
    assert re.search(r"attend +│ correctness 10 +│ +3 │ +4 │ +17 │", text)
    assert re.search(r"attend\.speed +│ +3 │ accepted/loops +│ +1\.25 │ slow/loop +│ out of time │", text)
    part = shown(render.verification(Verification("t", (), (), {}, (), tasks, (line,), is_partial=True)))
    assert "this is no proof" in part
    assert "proved" not in part
    assert "attend" not in part


def test_a_verification_as_a_table() -> None:
    """Each submission of the catalogue is a row; a fault, of it or of the topic, is counted above."""
    proofs = (Proof("wrong/no_scale", (), RESULT), Proof("reference", ("lost attend.gradient", "lost quiz"), RESULT))
    text = shown(render.verification(Verification("t", proofs, ("nothing catches attend.property",), {"hidden::T::test": ("no_scale",)})))
    assert "t: 2 faults" in text
    assert "nothing catches attend.property" in text
    assert "92.33 of 95" in text
    assert "no_scale" in text.split("What each test caught")[1]
    assert "t: proved" in shown(render.verification(Verification("t", proofs[:1], (), {})))


def test_a_note_is_shown_and_is_no_fault() -> None:
    """What an author should know does not keep a topic from being proved."""
    text = shown(render.verification(Verification("t", (), (), {}, ("f forbids math.fsum",))))
    assert "t: proved" in text
    assert "f forbids math.fsum" in text
