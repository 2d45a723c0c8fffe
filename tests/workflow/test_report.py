"""Claims about the report of a class."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.course import Course, load_course
from grader.errors import CourseError, HarnessError
from grader.result import Outcome, PartScore, Result, State, Verdict, to_json
from grader.workflow.report import class_census, report
from grader.workspace import Receipt, Refusal, Workspace, write_atomically

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
RESULT = Result(
    topic="attention", submission="sha256:" + "11" * 32, grader="sha256:a1", key="sha256:77", backend="b", device="cpu", torch="2",
    started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=1.5, complete=True, earned=95, possible=95, pending=5,
    parts=(PartScore(part="attend.correctness", points=10, earned=10, state=State.EARNED),),
    tests=(Outcome(id="hidden::T::t", part="attend.correctness", verdict=Verdict.PASSED),),
)  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "assignments" / "attention").mkdir(parents=True)
    (tmp_path / "assignments" / "course.toml").write_text('name = "C"\n[[unit]]\nid = "U1"\ntitle = "U"\ntopics = ["attention"]\n')
    return load_course(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def hand_in(workspace: Workspace, student: str, digest: str, attempt: int = 1) -> None:
    receipt = Receipt(
        student=student, topic="attention", attempt=attempt, digest=digest, received_at=NOW, original=f"received/{student}",
        files=("attention.py",),
    )  # fmt: skip
    workspace.keep_submission(receipt, {"attention.py": b""})


def keep(workspace: Workspace, result: Result) -> Path:
    path = workspace.result_path(result.topic, result.submission, result.grader, result.key, result.device)
    write_atomically(path, to_json(result))
    return path


def test_each_student_has_a_line_by_name(course: Course, workspace: Workspace) -> None:
    """Who was graded has a score, who was not is listed too, in the order of names."""
    hand_in(workspace, "zoe", RESULT.submission)
    hand_in(workspace, "ann", "sha256:" + "22" * 32)
    path = keep(workspace, RESULT)
    found = report(course, workspace, "attention")
    assert [(line.student, line.what) for line in found.lines] == [("ann", "not graded yet"), ("zoe", "full marks so far")]
    ann, zoe = found.lines
    assert (ann.earned, ann.possible, ann.pending, ann.wall_s, ann.read_more) == (None, None, None, None, "received/ann")
    assert (zoe.earned, zoe.possible, zoe.pending, zoe.wall_s) == (95, 95, 5, 1.5)
    assert zoe.read_more == path.relative_to(workspace.root).as_posix()


def test_the_latest_attempt_is_reported(course: Course, workspace: Workspace) -> None:
    """A newer hand-in that was not graded yet does not show the older one's marks."""
    hand_in(workspace, "ann", RESULT.submission)
    keep(workspace, RESULT)
    hand_in(workspace, "ann", "sha256:" + "22" * 32, attempt=2)
    (line,) = report(course, workspace, "attention").lines
    assert (line.attempt, line.what, line.earned) == (2, "not graded yet", None)


def test_equal_files_share_a_result_and_the_letter_is_where_to_read(course: Course, workspace: Workspace) -> None:
    """Two students with the same file have the same line, each with their own letter."""
    for student in ("ann", "ben"):
        hand_in(workspace, student, RESULT.submission)
        write_atomically(workspace.feedback_path("attention", student), b"letter")
    keep(workspace, RESULT)
    lines = report(course, workspace, "attention").lines
    assert [line.read_more for line in lines] == ["feedback/attention/ann.txt", "feedback/attention/ben.txt"]
    assert {line.earned for line in lines} == {95}


def test_a_fault_of_the_harness_leads_to_the_details(course: Course, workspace: Workspace) -> None:
    """Without a mark the instructor is shown the result, even if there is a letter."""
    hand_in(workspace, "ann", RESULT.submission)
    write_atomically(workspace.feedback_path("attention", "ann"), b"letter")
    path = keep(workspace, replace(RESULT, complete=False, earned=None, parts=()))
    (line,) = report(course, workspace, "attention").lines
    assert (line.what, line.earned) == ("not graded: the harness failed", None)
    assert line.read_more == path.relative_to(workspace.root).as_posix()


def test_nobody_is_an_empty_report(course: Course, workspace: Workspace) -> None:
    """A workspace in which nobody handed in gives no lines."""
    workspace.root.mkdir()
    assert report(course, workspace, "attention").lines == ()


def test_a_misspelt_topic_and_a_missing_workspace_are_named(course: Course, workspace: Workspace) -> None:
    """What is not there is said, with what to do."""
    with pytest.raises(CourseError, match=r"There is no topic 'atention'; did you mean 'attention'\?"):
        report(course, workspace, "atention")
    with pytest.raises(CourseError, match=r"There is no workspace at .*workspace\. Name yours with --workspace"):
        report(course, workspace, "attention")


def test_a_damaged_result_is_named(course: Course, workspace: Workspace) -> None:
    """A result that cannot be read stops the report and names its file."""
    hand_in(workspace, "ann", RESULT.submission)
    write_atomically(keep(workspace, RESULT), b"{")
    with pytest.raises(HarnessError, match=r"-cpu\.json: This is no result"):
        report(course, workspace, "attention")


def test_the_census_links_to_pages_from_where_its_own_will_lie(toy_course: Course, tmp_path: Path) -> None:
    """A student who has a page is a link away, relative to the class's folder; who has none is no link."""
    workspace = Workspace(tmp_path / "work space")
    for student in ("ann", "ben"):
        receipt = Receipt(
            student=student, topic="toy", attempt=1, digest=RESULT.submission, received_at=NOW, original="x", files=("toy.py",)
        )
        workspace.keep_submission(receipt, {"toy.py": b""})
    keep(workspace, replace(RESULT, topic="toy"))
    write_atomically(workspace.feedback_path("toy", "ann").with_suffix(".html"), b"page")
    workspace.keep_refused("toy", [Refusal(name="x.zip", student=None, reason="is damaged", seen_at=NOW)])
    found = class_census(toy_course, workspace, "toy", NOW, tmp_path / "elsewhere")
    assert {row.mark.student: row.link for row in found.rows} == {"ann": "../work%20space/feedback/toy/ann.html", "ben": ""}
    assert [refusal.name for refusal in found.refused] == ["x.zip"]
    assert found.missing is None


def test_a_census_without_a_workspace_is_refused(toy_course: Course, tmp_path: Path) -> None:
    """The page of nothing is not written: the message names what is missing."""
    with pytest.raises(CourseError, match="There is no workspace"):
        class_census(toy_course, Workspace(tmp_path / "none"), "toy", NOW, tmp_path)
