"""Claims about marks: which attempt counts, what lateness takes off, what a person gave."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grader.course import Course
from grader.digests import answer_digest, grader_digest, key_digest
from grader.lateness import Counts, Extension, LatePolicy
from grader.marks import Mark, counting, marks
from grader.records import ManualMark, choose, keep_extension, keep_manual_marks
from grader.result import PartScore, Result, State, to_json
from grader.workspace import Receipt, Workspace, write_atomically

DUE = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
WRITTEN = b'WRITTEN_ANSWER = "because"\n'


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def course(toy_course: Course) -> Course:
    return replace(toy_course, due={"toy": DUE}, late=LatePolicy(rate_percent=10, cap_percent=50))


def hand_in(workspace: Workspace, student: str, attempt: int, received_at: datetime = DUE, module: bytes = WRITTEN) -> Receipt:
    receipt = Receipt(
        student=student, topic="toy", attempt=attempt, digest=f"sha256:{student}{attempt}".ljust(71, "0"),
        received_at=received_at, original="received/x", files=("toy.py",),
    )  # fmt: skip
    workspace.keep_submission(receipt, {"toy.py": module})
    return receipt


def graded(course: Course, workspace: Workspace, receipt: Receipt, earned: float | None, pending: int = 0, grader: str = "") -> Result:
    grader, key = grader or grader_digest(course, "toy"), key_digest(workspace.key())
    state = State.PENDING if pending else State.LOST
    result = Result(
        topic="toy", submission=receipt.digest, grader=grader, key=key, backend="bubblewrap", device="cpu", torch="2", started_at="2026-11-30T00:00:00Z",
        cpu_s=0, wall_s=0, complete=earned is not None, earned=earned, possible=100 - pending, pending=pending,
        parts=(PartScore(part="written", points=pending or 5, earned=0, state=state),), tests=(),
    )  # fmt: skip
    write_atomically(workspace.result_path("toy", receipt.digest, grader, key, "cpu"), to_json(result))
    return result


def only(found: tuple[Mark, ...]) -> Mark:
    assert len(found) == 1
    return found[0]


def test_a_mark_in_time_is_raw_and_final(course: Course, workspace: Workspace) -> None:
    """Nothing is taken off, and the mark says that it was in time."""
    graded(course, workspace, hand_in(workspace, "ann", 1), 92.5)
    mark = only(marks(course, workspace, "toy"))
    assert (mark.raw, mark.penalty, mark.final, mark.possible, mark.reason) == (92.5, 0, 92.5, 100, "in time")
    assert not mark.is_stale


def test_lateness_is_taken_off_the_mark_and_told(course: Course, workspace: Workspace) -> None:
    """Two days begun cost a fifth of what was earned; raw and final stand side by side with the reason."""
    graded(course, workspace, hand_in(workspace, "ann", 1, DUE + timedelta(hours=25)), 80)
    mark = only(marks(course, workspace, "toy"))
    assert (mark.raw, mark.penalty, mark.final, mark.late_s) == (80, 16, 64, 25 * 3600)
    assert mark.reason == "1 day 1 h after the due date: 20 % taken off"


def test_an_extension_is_one_student_s(course: Course, workspace: Workspace) -> None:
    """Of two equally late students the one with more time loses nothing."""
    for student in ("ann", "bob"):
        graded(course, workspace, hand_in(workspace, student, 1, DUE + timedelta(hours=20)), 80)
    keep_extension(workspace, Extension(student="bob", topic="toy", until=DUE + timedelta(days=2)))
    ann, bob = marks(course, workspace, "toy")
    assert (ann.final, bob.final) == (72, 80)
    assert bob.reason == "in time, with an extension"
    assert bob.due == DUE + timedelta(days=2)


def test_what_is_not_graded_has_no_mark(course: Course, workspace: Workspace) -> None:
    """Neither a student who waits nor one whose grading failed has a number, least of all a zero."""
    hand_in(workspace, "ann", 1)
    graded(course, workspace, hand_in(workspace, "bob", 1), None)
    ann, bob = marks(course, workspace, "toy")
    assert (ann.result, ann.raw, ann.final) == (None, None, None)
    assert (bob.raw, bob.final) == (None, None)
    assert bob.result is not None


def test_a_result_of_yesterday_s_grader_is_stale(course: Course, workspace: Workspace) -> None:
    """A mark says when its result is not what grading today would rest on."""
    graded(course, workspace, hand_in(workspace, "ann", 1), 50, grader="sha256:old")
    assert only(marks(course, workspace, "toy")).is_stale


@pytest.mark.parametrize(("counts", "attempt", "raw"), [(Counts.LAST, 3, 60), (Counts.BEST, 2, 90), (Counts.CHOSEN, 1, 70)])
def test_which_attempt_counts(course: Course, workspace: Workspace, counts: Counts, attempt: int, raw: float) -> None:
    """The last, the best, or the chosen one; the reason says which of how many."""
    course = replace(course, attempts=counts)
    for number, earned in enumerate((70, 90, 60), start=1):
        graded(course, workspace, hand_in(workspace, "ann", number), earned)
    choose(workspace, "toy", "ann", 1)
    mark = only(marks(course, workspace, "toy"))
    assert (mark.receipt.attempt, mark.raw) == (attempt, raw)
    assert mark.reason == f"attempt {attempt} of 3 counts; in time"
    assert len(counting(course, workspace, "toy")) == (3 if counts is Counts.BEST else 1)


def test_the_best_is_the_best_after_lateness(course: Course, workspace: Workspace) -> None:
    """A late attempt with more marks but less left of them does not count; of equal ones the later does."""
    course = replace(course, attempts=Counts.BEST)
    graded(course, workspace, hand_in(workspace, "ann", 1), 85)
    graded(course, workspace, hand_in(workspace, "ann", 2, DUE + timedelta(hours=1)), 90)
    hand_in(workspace, "ann", 3, DUE + timedelta(hours=2))
    assert only(marks(course, workspace, "toy")).receipt.attempt == 1
    graded(course, workspace, hand_in(workspace, "bob", 1), 85)
    graded(course, workspace, hand_in(workspace, "bob", 2), 85)
    assert marks(course, workspace, "toy")[1].receipt.attempt == 2


def test_a_choice_of_no_attempt_falls_back_to_the_last(course: Course, workspace: Workspace) -> None:
    """Nobody loses a mark to a number that was mistyped."""
    course = replace(course, attempts=Counts.CHOSEN)
    graded(course, workspace, hand_in(workspace, "ann", 1), 70)
    choose(workspace, "toy", "ann", 9)
    assert only(marks(course, workspace, "toy")).receipt.attempt == 1


def test_a_mark_by_hand_ends_the_waiting(course: Course, workspace: Workspace) -> None:
    """Its points are in raw and possible, and no longer pending; lateness is taken off them too."""
    graded(course, workspace, hand_in(workspace, "ann", 1, DUE + timedelta(hours=1)), 90, pending=5)
    given = ManualMark(student="ann", topic="toy", part="written", answer=answer_digest("because"), points=3)
    keep_manual_marks(workspace, "toy", "ann", (given,))
    mark = only(marks(course, workspace, "toy"))
    assert (mark.raw, mark.possible, mark.pending, mark.final) == (93, 100, 0, 83.7)
    assert mark.manual == (given,)


def test_a_mark_by_hand_is_for_the_answer_it_was_given_for(course: Course, workspace: Workspace) -> None:
    """A new attempt with the same words keeps it, with other words it waits again."""
    given = ManualMark(student="ann", topic="toy", part="written", answer=answer_digest("because"), points=3)
    keep_manual_marks(workspace, "toy", "ann", (given,))
    graded(course, workspace, hand_in(workspace, "ann", 1, module=b"x = 1\n" + WRITTEN), 90, pending=5)
    assert only(marks(course, workspace, "toy")).raw == 93
    graded(course, workspace, hand_in(workspace, "ann", 2, module=b'WRITTEN_ANSWER = "why not"\n'), 90, pending=5)
    mark = only(marks(course, workspace, "toy"))
    assert (mark.raw, mark.pending, mark.manual) == (90, 5, ())
