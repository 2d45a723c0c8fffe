"""A class is graded once, resumably, and a single file without a workspace."""

from datetime import UTC, datetime

import pytest

from grader.errors import CourseError, HarnessError
from grader.result import from_json
from grader.workflow import grade as grading
from grader.workflow.collect import collect
from grader.workflow.grade import grade, grade_file
from grader.workflow.report import report
from grader.workspace import Workspace

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path, toy_course, toy_reference):
    """Three students handed in; two of them the same file."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ann.py").write_text(toy_reference)
    (inbox / "bob.py").write_text(toy_reference)
    (inbox / "cid.py").write_text(toy_reference.replace("return factor() * x", "return 3 * x"))
    workspace = Workspace(tmp_path / "workspace")
    collect(toy_course, workspace, "toy", inbox, NOW)
    return workspace


@pytest.mark.slow
def test_a_class_is_graded_and_graded_again_for_nothing(toy_course, workspace):
    """Equal files share one result; the second run grades nothing; letters and results lie where the report says."""
    seen = []
    graded = grade(toy_course, workspace, "toy", workers=2, progress=lambda done, total: seen.append((done, total)))
    assert {s: r.earned for s, r in graded.results} == {"ann": 92, "bob": 92, "cid": 60}
    assert seen == [(1, 2), (2, 2)]
    assert graded.faults == ()
    again = grade(toy_course, workspace, "toy")
    assert again.reused == 2
    assert again.results == graded.results
    letter = workspace.feedback_path("toy", "cid").read_text()
    assert "It multiplies with three." in letter
    assert [line.earned for line in report(toy_course, workspace, "toy").lines] == [92, 92, 60]


@pytest.mark.slow
def test_an_interrupted_run_goes_on_where_it_stopped(toy_course, workspace):
    """Ctrl-C after the first result: it is on disk and is not graded again."""

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(toy_course, workspace, "toy", workers=1, progress=interrupt)
    assert len(list((workspace.root / "results").rglob("*.json"))) == 1
    graded = grade(toy_course, workspace, "toy", workers=1)
    assert graded.reused == 1
    assert len(graded.results) == 3


@pytest.mark.slow
def test_one_student_alone(toy_course, workspace):
    """Only who is named is graded."""
    assert [student for student, _ in grade(toy_course, workspace, "toy", students=["cid"]).results] == ["cid"]


def test_an_unknown_student_and_an_empty_class_are_told(toy_course, workspace):
    """The message names the student and the next step."""
    with pytest.raises(CourseError, match="No submission of toy by dan"):
        grade(toy_course, workspace, "toy", students=["dan"])
    empty = Workspace(workspace.root / "empty")
    empty.root.mkdir()
    with pytest.raises(CourseError, match="grader collect toy"):
        grade(toy_course, empty, "toy")


def test_a_misspelt_topic_and_a_missing_workspace_are_told(toy_course, tmp_path):
    """Before anything is started."""
    with pytest.raises(CourseError, match="did you mean 'toy'"):
        grade(toy_course, Workspace(tmp_path), "toi")
    with pytest.raises(CourseError, match="no workspace"):
        grade(toy_course, Workspace(tmp_path / "nowhere"), "toy")


def test_without_a_sandbox_nothing_is_graded(toy_course, workspace, monkeypatch):
    """The refusal is a fault of the harness and leaves no result."""

    def refuse():
        raise HarnessError("No sandbox starts on this machine.")

    monkeypatch.setattr(grading, "choose", refuse)
    with pytest.raises(HarnessError, match="No sandbox"):
        grade(toy_course, workspace, "toy")
    assert not (workspace.root / "results").exists()


@pytest.mark.slow
def test_a_single_file_needs_no_workspace(toy_course, toy_reference, tmp_path):
    """A module, or a notebook with a quiz, is graded where it lies."""
    path = tmp_path / "mine.py"
    path.write_text(toy_reference)
    submission, result = grade_file(toy_course, "toy", path, b"k")
    assert (result.earned, result.submission) == (92, submission.digest)
    assert from_json(workspaces_json(result)) == result


def workspaces_json(result):
    from grader.result import to_json

    return to_json(result)


def test_a_missing_starter_is_told(own_course):
    """Without it nobody can tell which file of a release was changed."""
    import shutil

    shutil.rmtree(own_course.starter_dir("toy"))
    with pytest.raises(CourseError, match="grader build toy"):
        grading.starter_files(own_course, "toy")
