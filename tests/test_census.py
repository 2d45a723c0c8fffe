"""Claims about the numbers of a class."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from grader.assignment import Assignment, Kind
from grader.census import Spread, census
from grader.marks import Mark
from grader.result import Outcome, PartScore, Result, State, Verdict
from grader.roster import Person, Roster
from grader.task import Task
from grader.workspace import Receipt

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
ASSIGNMENT = Assignment(
    topic="toy", title={"en": "Toy", "zh": "玩具"}, tasks=(Task(entry="double", points={Kind.CORRECTNESS: 60, Kind.GRADIENT: 40}),)
)


def marked(
    student: str, final: float | None, *tests: Outcome, states: Mapping[str, State] | None = None, wall_s: float = 1, **more: object
) -> Mark:
    receipt = Receipt(student=student, topic="toy", attempt=1, digest=f"sha256:{student}", received_at=NOW, original="x", files=("toy.py",))
    result = Result(
        topic="toy", submission=receipt.digest, grader="g", key="k", backend="b", device="cpu", torch="2",
        started_at="2026-11-21T10:02:11Z", cpu_s=wall_s / 2, wall_s=wall_s, complete=final is not None, earned=final, possible=100,
        pending=0, parts=tuple(PartScore(part=part, points=50, earned=0, state=state) for part, state in (states or {}).items()), tests=tests,
    )  # fmt: skip
    blank = Mark(student=student, topic="toy", receipt=receipt, attempts=1, result=result, possible=100)
    return replace(blank, raw=final, final=final, **more)  # type: ignore[arg-type]


def failing(name: str = "hidden::T::a", verdict: Verdict = Verdict.WRONG, **more: str) -> Outcome:
    return Outcome(id=name, part="double.correctness", verdict=verdict, **more)  # type: ignore[arg-type]


def test_the_spread_and_the_bins_are_of_final_marks_in_percent() -> None:
    """Least, quartiles and most; every mark is in one bin, 100 in the last, and half-open bins do not share a mark."""
    found = census("C", ASSIGNMENT, [marked(f"s{mark}", mark) for mark in (0, 10, 50, 99, 100)], made_at=NOW)
    assert found.final == Spread(least=0, quarter=10, median=50, three_quarters=99, most=100)
    assert [one.count for one in found.bins] == [1, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    alone = census("C", ASSIGNMENT, [replace(marked("ann", 30), possible=60, raw=45)], made_at=NOW)
    assert alone.final == Spread(least=50, quarter=50, median=50, three_quarters=50, most=50)
    assert alone.raw == Spread(least=75, quarter=75, median=75, three_quarters=75, most=75)


def test_nobody_is_a_class_too() -> None:
    """Without a mark there is no spread, and nothing is divided by nothing."""
    ungraded = replace(marked("ann", None), result=None)
    found = census("C", ASSIGNMENT, [ungraded], made_at=NOW)
    assert (found.final, found.parts, found.mistakes, found.tests, found.graded) == (None, (), (), (), ())
    assert found.ungraded == ("ann",)
    assert found.rows[0].what == "not graded yet"


def test_a_part_is_rated_among_those_for_whom_it_is_decided() -> None:
    """Who waits for a device counts on neither side; parts come in the order of the assignment."""
    both = {"double.gradient": State.PENDING, "double.correctness": State.EARNED}
    lost = {"double.gradient": State.BLOCKED, "double.correctness": State.LOST}
    found = census("C", ASSIGNMENT, [marked("a", 60, states=both), marked("b", 0, states=lost), marked("c", 60, states=both)], made_at=NOW)
    correctness, gradient = found.parts
    assert (correctness.part, correctness.decided, round(correctness.percent)) == ("double.correctness", 3, 67)
    assert (gradient.decided, gradient.percent, gradient.counts[State.PENDING]) == (1, 0, 2)


def test_a_mistake_is_counted_once_a_student() -> None:
    """Ten tests that tell the same mistake of one student are one; the commonest comes first."""
    one, two = failing(suspected="It triples."), failing("public::T::b", suspected="It triples.")
    found = census(
        "C", ASSIGNMENT, [marked("a", 0, failing(suspected="Rare.")), marked("b", 0, one, two), marked("c", 0, one)], made_at=NOW
    )
    assert [(met.sentence, met.students) for met in found.mistakes] == [("It triples.", ("b", "c")), ("Rare.", ("a",))]


def test_tests_are_ranked_by_whom_they_stop() -> None:
    """How often each test failed, and how; what passed or waits is not in it."""
    found = census(
        "C", ASSIGNMENT,
        [
            marked("a", 0, failing(), failing("hidden::T::ok", Verdict.PASSED)),
            marked("b", 0, failing(verdict=Verdict.TIMEOUT), failing("hidden::T::b")),
            marked("c", 0, failing()),
        ],
        made_at=NOW,
    )  # fmt: skip
    assert [(test.id, test.count, dict(test.verdicts)) for test in found.tests] == [
        ("hidden::T::a", 3, {Verdict.WRONG: 2, Verdict.TIMEOUT: 1}),
        ("hidden::T::b", 1, {Verdict.WRONG: 1}),
    ]


def test_what_broke_a_limit_is_told_once_a_verdict() -> None:
    """A loop that timed out in ten tests is one case, with the instructor's detail; a wrong value is none."""
    slow = [failing(f"hidden::T::{i}", Verdict.TIMEOUT, message="Too long.\nshown", detail="DETAIL") for i in range(10)]
    (case,) = census("C", ASSIGNMENT, [marked("a", 0, *slow, failing())], made_at=NOW).failed
    assert (case.student, case.what, case.where, case.detail) == ("a", "timeout", "hidden::T::0", "Too long.\nDETAIL")


def test_a_fault_of_the_harness_waits_with_its_detail() -> None:
    """It is in no statistics of marks, and is told with what the judge said, each detail once."""
    broken = marked("a", None, *[failing(f"hidden::T::{i}", Verdict.HARNESS, detail="the judge was killed") for i in range(3)])
    found = census("C", ASSIGNMENT, [broken, marked("b", 50)], made_at=NOW)
    assert [(case.student, case.detail) for case in found.broken] == [("a", "the judge was killed")]
    assert [row.mark.student for row in found.graded] == ["b"]
    assert found.tests == ()


def test_rows_have_names_links_and_two_orders() -> None:
    """Everybody is there by id, and by final mark with who has none first; who is missing comes from the roster."""
    roster = Roster((Person(id="ann", name="Ann"), Person(id="zoe")))
    marks = [marked("ann", 90), marked("bob", 40, is_stale=True, late_s=60), replace(marked("cid", None), result=None)]
    found = census("C", ASSIGNMENT, marks, made_at=NOW, roster=roster, links={"ann": "feedback/ann.html"})
    assert [(row.mark.student, row.name, row.link) for row in found.rows][:2] == [("ann", "Ann", "feedback/ann.html"), ("bob", "", "")]
    assert [row.mark.student for row in found.by_mark] == ["cid", "bob", "ann"]
    assert found.missing == ("zoe",)
    assert (found.stale, [row.mark.student for row in found.late]) == (("bob",), ["bob"])


def test_the_slowest_come_first() -> None:
    """Ranked by the seconds that grading took."""
    found = census("C", ASSIGNMENT, [marked("a", 1, wall_s=1), marked("b", 1, wall_s=9), marked("c", 1, wall_s=4)], made_at=NOW)
    assert [row.mark.student for row in found.slowest] == ["b", "c", "a"]
