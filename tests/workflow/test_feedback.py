"""Claims about the pages that students get: for whom, with which figure, and when the quiz tells its answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grader.course import Course
from grader.errors import CourseError
from grader.lateness import Extension
from grader.records import keep_extension
from grader.result import Outcome, PartScore, Result, State, Verdict, to_json
from grader.roster import Person, Roster
from grader.workflow.collect import collect
from grader.workflow.feedback import OURS, feedback
from grader.workflow.grade import grade
from grader.workspace import Receipt, Workspace, write_atomically

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DIGESTS = {"ann": "sha256:" + "aa" * 32, "bob": "sha256:" + "bb" * 32}
EXPLANATION = "Two divides them."


def result(digest: str, **more: object) -> Result:
    values = {"complete": True, "earned": 15, **more}
    return Result(
        topic="toy", submission=digest, grader="sha256:old", key="sha256:k", backend="b", device="cpu", torch="2",
        started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=2, possible=100, pending=0,
        parts=(PartScore(part="double.correctness", points=10, earned=0, state=State.LOST),),
        tests=(
            Outcome(id="public::TestDouble::test_two", part="double.correctness", verdict=Verdict.WRONG, message="Wrong.", hint=2,
                    detail="DETAIL"),
        ),
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path, toy_reference) -> Workspace:
    """Two students handed in; one is graded."""
    workspace = Workspace(tmp_path / "workspace")
    for student, digest in DIGESTS.items():
        receipt = Receipt(
            student=student, topic="toy", attempt=1, digest=digest, received_at=NOW, original="x", files=("toy.py", "answers.toml")
        )
        workspace.keep_submission(receipt, {"toy.py": toy_reference.encode(), "answers.toml": b'why = ["a", "b"]\n'})
    keep(workspace, result(DIGESTS["ann"]))
    return workspace


def due(course: Course, moment: datetime | None) -> Course:
    """The course with a due date for its toy."""
    return replace(course, due={} if moment is None else {"toy": moment})


def keep(workspace: Workspace, found: Result) -> None:
    write_atomically(workspace.result_path("toy", found.submission, found.grader, found.key, found.device), to_json(found))


def page_of(workspace: Workspace, student: str = "ann") -> str:
    return (workspace.root / "feedback" / "toy" / f"{student}.html").read_text(encoding="utf-8")


def test_whoever_is_graded_has_a_page(toy_course: Course, workspace: Workspace) -> None:
    """Who is not graded has none and is named; an older grader's result is shown, and named as such."""
    posted = feedback(toy_course, workspace, "toy", NOW, figures=False)
    assert [path.name for path in posted.pages] == ["ann.html"]
    assert (posted.ungraded, posted.stale, posted.undrawn) == (("bob",), ("ann",), ())
    assert "Wrong." in page_of(workspace)
    assert "Twice" in page_of(workspace) or "Think of two." in page_of(workspace)


def test_a_page_is_written_again_and_nothing_else_touched(toy_course: Course, workspace: Workspace) -> None:
    """The same results give the same bytes; the letter in plain text and a stranger's file stay."""
    write_atomically(workspace.feedback_path("toy", "ann"), b"letter")
    write_atomically(workspace.root / "feedback" / "toy" / "zoe.html", b"other")
    feedback(toy_course, workspace, "toy", NOW, figures=False)
    before = page_of(workspace)
    feedback(toy_course, workspace, "toy", NOW, figures=False)
    assert page_of(workspace) == before
    assert workspace.feedback_path("toy", "ann").read_bytes() == b"letter"
    assert page_of(workspace, "zoe") == "other"


def test_details_never_leave(toy_course: Course, workspace: Workspace) -> None:
    """The instructor's detail of an outcome is in no page."""
    feedback(toy_course, workspace, "toy", NOW, figures=False)
    assert "DETAIL" not in page_of(workspace)


def test_a_roster_gives_names(toy_course: Course, workspace: Workspace) -> None:
    """Who is in the roster is greeted by name; without one the id is enough."""
    feedback(toy_course, workspace, "toy", NOW, figures=False)
    assert "王小明" not in page_of(workspace)
    workspace.keep_roster(Roster((Person(id="ann", name="王小明"),)))
    feedback(toy_course, workspace, "toy", NOW, figures=False)
    assert "<bdi>王小明</bdi>" in page_of(workspace)


@pytest.mark.parametrize(
    ("due_in", "extended_in", "is_told"),
    [(-1, None, True), (1, None, False), (-2, 1, False), (-3, -1, True), (1, -1, False), (None, None, False), (None, -1, False)],
)
def test_explanations_wait_for_everybody(
    toy_course: Course, workspace: Workspace, due_in: int | None, extended_in: int | None, is_told: bool
) -> None:
    """Answers are told once the due date and the last extension of anybody are over; where nothing is due, they are not."""
    course = due(toy_course, None if due_in is None else NOW + timedelta(days=due_in))
    if extended_in is not None:
        keep_extension(workspace, Extension(student="bob", topic="toy", until=NOW + timedelta(days=extended_in)))
    feedback(course, workspace, "toy", NOW, figures=False)
    assert (EXPLANATION in page_of(workspace)) == is_told
    assert "two" in page_of(workspace)  # the question and the picks always


def test_explain_tells_where_nothing_is_due(toy_course: Course, workspace: Workspace) -> None:
    """With --explain answers go out without a due date, and never while somebody still has time."""
    feedback(due(toy_course, None), workspace, "toy", NOW, figures=False, explain=True)
    assert EXPLANATION in page_of(workspace)
    keep_extension(workspace, Extension(student="bob", topic="toy", until=NOW + timedelta(days=1)))
    for course in (due(toy_course, None), due(toy_course, NOW - timedelta(days=3))):
        with pytest.raises(CourseError, match="toy is open until 2026-11-22 12:00 UTC"):
            feedback(course, workspace, "toy", NOW, figures=False, explain=True)


def test_the_date_of_the_explanations_is_told_before(toy_course: Course, workspace: Workspace) -> None:
    """Until then the page says when they come."""
    feedback(due(toy_course, NOW + timedelta(days=2)), workspace, "toy", NOW, figures=False)
    assert "come after 2026-11-23 12:00 UTC" in page_of(workspace)


def test_a_fault_of_the_harness_is_a_page_that_says_so(toy_course: Course, workspace: Workspace) -> None:
    """Its figure is not drawn either."""
    keep(workspace, result(DIGESTS["bob"], complete=False, earned=None))
    posted = feedback(toy_course, workspace, "toy", NOW, students=["bob"])
    assert [path.name for path in posted.pages] == ["bob.html"]
    assert "The grader itself failed here, not your work." in page_of(workspace, "bob")
    assert not (workspace.root / "figures").exists()


def test_strangers_and_an_empty_class_are_told(toy_course: Course, workspace: Workspace) -> None:
    """The message names who is unknown, the topic that is misspelt, and the next step."""
    with pytest.raises(CourseError, match="No submission of toy by zoe"):
        feedback(toy_course, workspace, "toy", NOW, students=["zoe"])
    with pytest.raises(CourseError, match="did you mean 'toy'"):
        feedback(toy_course, workspace, "toi", NOW)
    with pytest.raises(CourseError, match="There is no workspace"):
        feedback(toy_course, Workspace(workspace.root / "none"), "toy", NOW)
    empty = Workspace(workspace.root / "empty")
    empty.root.mkdir()
    with pytest.raises(CourseError, match="grader collect toy"):
        feedback(toy_course, empty, "toy", NOW)


@pytest.mark.slow
def test_figures_are_drawn_once(own_course: Course, tmp_path, toy_reference) -> None:
    """Equal files share one picture, an endless loop has a sentence, a second run draws nothing, a fault of ours is drawn again."""
    workspace = Workspace(tmp_path / "class")
    modules = {
        "ann": ("a", toy_reference),
        "ben": ("a", toy_reference),
        "cid": ("c", toy_reference + "\n\ndef double(x):\n    while True:\n        pass\n"),
    }
    for student, (name, module) in modules.items():
        receipt = Receipt(
            student=student, topic="toy", attempt=1, digest="sha256:" + name * 64, received_at=NOW, original="x", files=("toy.py",)
        )
        workspace.keep_submission(receipt, {"toy.py": module.encode()})
        keep(workspace, result(receipt.digest))
    script = own_course.assignment_dir("toy") / "figure.py"
    seen: list[tuple[int, int]] = []
    posted = feedback(own_course, workspace, "toy", NOW, workers=1, progress=lambda done, total: seen.append((done, total)))
    assert len(posted.pages) == 3
    assert seen == [(n, 5) for n in range(1, 6)]  # two figures, three pages
    assert page_of(workspace, "ann").count("data:image/png;base64,") == page_of(workspace, "ben").count("data:image/png;base64,") == 1
    assert "There is no picture this time. Your code used more than the 1 s of CPU time" in page_of(workspace, "cid")
    drawn = {path: path.stat().st_mtime_ns for path in (workspace.root / "figures" / "toy").iterdir()}
    assert sorted(path.suffix for path in drawn) == [".png", ".txt"]
    seen.clear()
    feedback(own_course, workspace, "toy", NOW, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert {path: path.stat().st_mtime_ns for path in drawn} == drawn
    script.write_text("raise RuntimeError('no figure')\n")  # another grader: everything is drawn anew
    broken = feedback(own_course, workspace, "toy", NOW, students=["ann"])
    assert [student for student, _ in broken.undrawn] == ["ann"]
    assert "no figure" in broken.undrawn[0][1]
    assert OURS in page_of(workspace, "ann")
    assert len(list((workspace.root / "figures" / "toy").iterdir())) == 2


@pytest.mark.slow
def test_a_graded_class_gets_its_pages(toy_course: Course, tmp_path, toy_reference) -> None:
    """From the inbox to the page without a detour: nothing is stale, the figure is there, the suspected mistake is told."""
    workspace, inbox = Workspace(tmp_path / "workspace"), tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "cid.py").write_text(toy_reference.replace("return factor() * x", "return 3 * x"))
    collect(toy_course, workspace, "toy", inbox, NOW)
    grade(toy_course, workspace, "toy")
    posted = feedback(toy_course, workspace, "toy", NOW)
    assert (len(posted.pages), posted.ungraded, posted.stale) == (1, (), ())
    page = page_of(workspace, "cid")
    assert "data:image/png;base64," in page
    assert "It multiplies with three." in page
