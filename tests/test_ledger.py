"""Claims about entries of a book, and about marks by hand on their way back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from grader.digests import answer_digest
from grader.lateness import Extension
from grader.ledger import Given, Marked, earlier, entry, merged
from grader.marks import Mark
from grader.records import ManualMark
from grader.result import PartScore, Result, State
from grader.submission import Submission
from grader.workspace import Receipt

DUE = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
MARK = Mark(
    student="ann", topic="toy", attempts=1, penalty=1.5,
    receipt=Receipt(
        student="ann", topic="toy", attempt=1, digest="sha256:a1", received_at=DUE + timedelta(hours=1), original="x", files=("toy.py",)
    ),
    result=Result(
        topic="toy", submission="sha256:a1", grader="g", key="k", backend="b", device="cpu", torch="2", started_at="2026-11-30T00:00:00Z",
        cpu_s=0, wall_s=0, complete=True, earned=15, possible=25, pending=15,
        parts=(
            PartScore(part="double.correctness", points=10, earned=10, state=State.EARNED),
            PartScore(part="double.gradient", points=10, earned=5, state=State.PARTIAL),
            PartScore(part="double.speed", points=5, earned=0, state=State.BLOCKED),
            PartScore(part="double.speed_cuda", points=10, earned=0, state=State.PENDING),
            PartScore(part="written", points=5, earned=0, state=State.PENDING),
        ),
        tests=(),
    ),
)  # fmt: skip
SUBMISSION = Submission(topic="toy", digest="sha256:a1", module="", answers={}, form="module", written="because")
MARKED = Marked(student="ann", submission="sha256:a1", answer=answer_digest("because"), before={}, now={})


def manual(part: str, answer: str, points: float, comment: str = "") -> ManualMark:
    return ManualMark(student="ann", topic="toy", part=part, answer=answer, points=points, comment=comment)


def test_what_waits_has_no_score_and_what_is_blocked_has_zero() -> None:
    """A machine that is missing is nobody's zero."""
    made = entry(MARK, SUBMISSION, (), DUE)
    assert made.scores == {
        "double.correctness": 10, "double.gradient": 5, "double.speed": 0, "double.speed_cuda": None, "written": None,
    }  # fmt: skip
    assert (made.penalty, made.received_at, made.extension, made.given) == (1.5, MARK.receipt.received_at, None, {})


def test_an_extension_is_what_it_adds_to_the_due_date() -> None:
    """One that ends before it adds nothing; without a due date there is none to extend."""
    longer = replace(MARK, extension=Extension(student="ann", topic="toy", until=DUE + timedelta(days=2)))
    assert entry(longer, SUBMISSION, (), DUE).extension == timedelta(days=2)
    assert entry(longer, SUBMISSION, (), None).extension is None
    shorter = replace(MARK, extension=Extension(student="ann", topic="toy", until=DUE - timedelta(days=2)))
    assert entry(shorter, SUBMISSION, (), DUE).extension is None


def test_marks_by_hand_are_for_this_work() -> None:
    """In words: for this answer; else for this submission; others are left to `earlier`."""
    kept = (
        manual("written", answer_digest("because"), 3, "good"), manual("written", answer_digest("why not"), 5, "old"),
        manual("double.gradient", "sha256:a1", 7), manual("double.correctness", "sha256:a0", 1),
        manual("written.comment", answer_digest("what"), 0, "see me"),
    )  # fmt: skip
    made = entry(MARK, SUBMISSION, kept, DUE)
    assert made.given == {"written": Given(points=3, comment="good"), "double.gradient": Given(points=7)}
    assert earlier(kept, made.answer) == (kept[1], kept[4])
    alone = entry(MARK, replace(SUBMISSION, written="what"), kept, DUE)
    assert alone.given["written"] == Given(points=None, comment="see me")


def test_what_people_gave_in_the_book_is_kept_over_what_was_kept() -> None:
    """Under the answer or the submission that it was given for; other marks stay."""
    old = (manual("written", "sha256:0", 5, "old"), manual("written", MARKED.answer, 1), manual("quiz", "sha256:a1", 8))
    now = {"written": Given(points=3, comment="good"), "double.gradient": Given(points=7)}
    found = merged(old, replace(MARKED, before={"written": Given(points=1)}, now=now), "toy")
    assert found == (old[0], old[2], manual("double.gradient", "sha256:a1", 7), manual("written", MARKED.answer, 3, "good"))


def test_what_was_taken_back_is_dropped_and_what_did_not_change_is_not_touched() -> None:
    """A mark that is only here, given through another book, is not taken back by one that never had it."""
    old = (manual("written", MARKED.answer, 3), manual("quiz", "sha256:a1", 8))
    assert merged(old, replace(MARKED, before={"written": Given(points=3)}), "toy") == (old[1],)
    assert merged(old, MARKED, "toy") == old


def test_a_comment_alone_is_kept_without_points() -> None:
    """It is no mark of zero; a mark given later takes its place, and the other way round."""
    alone = merged((), replace(MARKED, now={"written": Given(points=None, comment="see me")}), "toy")
    assert alone == (manual("written.comment", MARKED.answer, 0, "see me"),)
    before = {"written": Given(points=None, comment="see me")}
    given = merged(alone, replace(MARKED, before=before, now={"written": Given(points=2, comment="see me")}), "toy")
    assert given == (manual("written", MARKED.answer, 2, "see me"),)
    back = merged(given, replace(MARKED, before={"written": Given(points=2, comment="see me")}, now=before), "toy")
    assert back == alone
