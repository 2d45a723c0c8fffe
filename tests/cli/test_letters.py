"""The words of `feedback` and of `report --html`: what is written, what is told, and with which exit code."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from grader.cli.main import main
from grader.result import Outcome, PartScore, Result, State, Verdict, to_json
from grader.workspace import Receipt, Workspace, write_atomically

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path, toy_reference):
    """Two students handed in; one is graded, by an older grader."""
    workspace = Workspace(tmp_path / "workspace")
    for student in ("ann", "bob"):
        digest = "sha256:" + student[0] * 64
        workspace.keep_submission(
            Receipt(student=student, topic="toy", attempt=1, digest=digest, received_at=NOW, original="x", files=("toy.py",)),
            {"toy.py": toy_reference.encode()},
        )
    found = Result(
        topic="toy", submission="sha256:" + "a" * 64, grader="sha256:old", key="sha256:k", backend="b", device="cpu", torch="2",
        started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=2, complete=True, earned=10, possible=100, pending=0,
        parts=(PartScore(part="double.correctness", points=10, earned=10, state=State.EARNED),),
        tests=(Outcome(id="public::TestDouble::test_two", part="double.correctness", verdict=Verdict.PASSED),),
    )  # fmt: skip
    write_atomically(workspace.result_path("toy", found.submission, found.grader, found.key, "cpu"), to_json(found))
    return workspace


def run(toy_course, workspace, *words):
    places = ("--course", toy_course.root, "--workspace", workspace.root)
    return CliRunner().invoke(main, [str(word) for word in (*words, *places)], catch_exceptions=False)


def test_feedback_tells_what_it_wrote_and_what_is_left(toy_course, workspace):
    """The number of pages and their folder on standard output; who has none, and whose is old, on standard error."""
    told = run(toy_course, workspace, "feedback", "toy", "--no-figures")
    assert told.exit_code == 0
    assert told.stdout == f"1 page in {workspace.root / 'feedback' / 'toy'}\n"
    assert "not graded: bob. Grade first: grader grade toy" in told.stderr
    assert "Older results than today's grader gives: ann." in told.stderr
    assert not (workspace.root / "figures").exists()


def test_feedback_of_a_stranger_is_refused(toy_course, workspace):
    """The exit code of a refusal, and no page."""
    told = run(toy_course, workspace, "feedback", "toy", "--student", "zoe", "--no-figures")
    assert told.exit_code == 1
    assert "No submission of toy by zoe" in told.stderr


def test_report_writes_the_page_of_the_class(toy_course, workspace, tmp_path):
    """The file that is named, its path on standard output, and nothing else."""
    page = tmp_path / "class.html"
    told = run(toy_course, workspace, "report", "toy", "--html", page)
    assert (told.exit_code, told.stdout) == (0, f"{page}\n")
    assert "Not graded yet: 1" in page.read_text(encoding="utf-8")
