"""Claims about points."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import Assignment, Integration, Kind, Quiz, Speed, Task, Written
from grader.result import Outcome, State, Verdict
from grader.scoring import Score, rounded, score

ASSIGNMENT = Assignment(
    topic="t",
    title={"en": "T", "zh": "T"},
    tasks=(
        Task(entry="attend", points={Kind.CORRECTNESS: 15, Kind.GRADIENT: 15, Kind.SPEED_CUDA: 5}, speed=Speed(limit=3, slower="s")),
        Task(entry="C.act", points={Kind.CORRECTNESS: 15, Kind.PERFORMANCE: 15}),
        Task(entry="mask", points={Kind.CORRECTNESS: 15}),
    ),
    integration=Integration(points=10),
    quiz=Quiz(points=10),
)
TESTS = {
    "hidden::A::c[1]": "attend.correctness",
    "hidden::A::c[2]": "attend.correctness",
    "hidden::A::g": "attend.gradient",
    "hidden::A::s": "attend.speed_cuda",
    "public::C::c": "C.act.correctness",
    "hidden::C::p[simple]": "C.act.performance",
    "hidden::C::p[medium]": "C.act.performance",
    "hidden::C::p[strong]": "C.act.performance",
    "hidden::C::p[boss]": "C.act.performance",
    "public::M::c": "mask.correctness",
    "public::I::i": "integration",
}
QUIZ = Fraction(10)


def outcomes(**verdicts: Verdict) -> list[Outcome]:
    """Return outcomes that passed, but for the tests whose id ends in a key."""
    named = {name.replace("_", "::", 1): verdict for name, verdict in verdicts.items()}
    return [
        Outcome(id=name, part=part, verdict=next((v for end, v in named.items() if end in name), Verdict.PASSED))
        for name, part in TESTS.items()
    ]


def weigh(tests: Sequence[Outcome], quiz: Fraction | None = QUIZ, cuda: str = "grade") -> Score:
    return score(ASSIGNMENT, tests, list(TESTS), quiz, cuda=cuda)


def states(found: Score) -> dict[str, tuple[float, str]]:
    return {part.part: (part.earned, part.state.value) for part in found.parts}


def test_all_passed_is_all_points() -> None:
    """Every part is earned, in the order of the assignment, and the sum is 100."""
    found = weigh(outcomes())
    assert found.complete
    assert (found.earned, found.possible, found.pending) == (100, 100, 0)
    assert [part.part for part in found.parts] == [part.name for part in ASSIGNMENT.parts()]
    assert all(part.state == State.EARNED for part in found.parts)


def test_one_test_loses_its_part_alone() -> None:
    """A gradient that is wrong costs the gradient's points and nothing else."""
    found = weigh(outcomes(A_g=Verdict.WRONG))
    assert found.earned == 85
    assert states(found)["attend.gradient"] == (0, "lost")


def test_without_correctness_the_other_parts_are_blocked() -> None:
    """One failed correctness test blocks the task's other parts, passed or not, and no other task's."""
    found = weigh(outcomes(**{"A_c[2]": Verdict.TIMEOUT}))
    assert states(found)["attend.correctness"] == (0, "lost")
    assert states(found)["attend.gradient"] == (0, "blocked")
    assert states(found)["attend.speed_cuda"] == (0, "blocked")
    assert states(found)["mask.correctness"] == (15, "earned")
    assert found.earned == 65


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.PASSED, Verdict.PENDING, Verdict.HARNESS)])
def test_every_other_verdict_loses(verdict: Verdict) -> None:
    """Whatever it is called, what did not pass earns nothing."""
    assert weigh(outcomes(M_c=verdict)).earned == 85


def test_performance_earns_a_quarter_a_level() -> None:
    """Each level that was reached is a quarter, exactly."""
    found = weigh(outcomes(**{"p[boss]": Verdict.WRONG}))
    assert states(found)["C.act.performance"] == (11.25, "partial")
    found = weigh(outcomes(C_p=Verdict.WRONG))
    assert states(found)["C.act.performance"] == (0, "lost")


def test_a_level_needs_all_its_tests_and_every_test_of_no_level() -> None:
    """Two tests of one level must both pass; a test of the part that names no level must pass for any."""
    extra = {"public::C::q[simple]": Verdict.WRONG, "public::C::steps": Verdict.PASSED}
    for name, verdict, earned in (*[(n, v, 11.25 if "[" in n else 15) for n, v in extra.items()], ("public::C::steps", Verdict.WRONG, 0)):
        tests = [*outcomes(), Outcome(id=name, part="C.act.performance", verdict=verdict)]
        found = score(ASSIGNMENT, tests, [*TESTS, name], QUIZ)
        assert states(found)["C.act.performance"][0] == earned


def test_a_missing_level_is_not_a_reached_one() -> None:
    """A performance part with tests of three levels can earn three quarters, no more."""
    tests = [outcome for outcome in outcomes() if "[boss]" not in outcome.id]
    found = score(ASSIGNMENT, tests, [test.id for test in tests], QUIZ)
    assert states(found)["C.act.performance"] == (11.25, "partial")


def test_what_needs_an_absent_device_is_pending() -> None:
    """Pending points leave `possible` until the device is there."""
    found = weigh(outcomes(A_s=Verdict.PENDING))
    assert (found.earned, found.possible, found.pending) == (95, 95, 5)
    assert states(found)["attend.speed_cuda"] == (0, "pending")


def test_what_is_blocked_is_not_pending() -> None:
    """No device can earn a part whose correctness is lost, so its points stay possible."""
    found = weigh(outcomes(A_s=Verdict.PENDING, A_c=Verdict.WRONG))
    assert (found.possible, found.pending) == (100, 0)
    assert states(found)["attend.speed_cuda"] == (0, "blocked")


def test_pending_correctness_leaves_the_rest_pending() -> None:
    """Before correctness is known nothing else of the task is."""
    found = weigh(outcomes(C_c=Verdict.PENDING))
    assert states(found)["C.act.performance"] == (0, "pending")
    assert (found.earned, found.possible, found.pending) == (70, 70, 30)


def test_dropped_parts_leave_the_points_for_good() -> None:
    """With `cuda = "drop"` a GPU's parts are neither possible nor pending nor listed, whatever came of them."""
    for verdict in (Verdict.PENDING, Verdict.PASSED, Verdict.WRONG):
        found = weigh(outcomes(A_s=verdict), cuda="drop")
        assert (found.earned, found.possible, found.pending) == (95, 95, 0)
        assert "attend.speed_cuda" not in states(found)


def test_tests_of_a_dropped_part_need_not_be_run() -> None:
    """Nobody waits for a test that cannot count."""
    tests = [outcome for outcome in outcomes() if outcome.part != "attend.speed_cuda"]
    found = score(ASSIGNMENT, tests, [test.id for test in tests], QUIZ, cuda="drop")
    assert found.complete


def test_the_quiz_is_partial_to_a_hundredth() -> None:
    """A third of a point is kept exact in the sum and rounded once, half up, where it is shown."""
    found = weigh(outcomes(), Fraction(16, 3))
    assert states(found)["quiz"] == (5.33, "partial")
    assert found.earned == 95.33
    assert states(weigh(outcomes(), Fraction(0)))["quiz"] == (0, "lost")


def test_without_a_key_the_quiz_is_pending() -> None:
    """On a student's machine there is no key, so nothing is said of the quiz."""
    found = weigh(outcomes(), None)
    assert states(found)["quiz"] == (0, "pending")
    assert (found.earned, found.possible, found.pending) == (90, 90, 10)


@pytest.mark.parametrize(
    ("points", "shown"),
    [(Fraction(1, 200), 0.01), (Fraction(1, 3), 0.33), (Fraction(2, 3), 0.67), (Fraction(1, 201), 0.0), (Fraction(92325, 1000), 92.33)],
)
def test_a_half_is_rounded_up(points: Fraction, shown: float) -> None:
    """Half a hundredth counts for the student."""
    assert rounded(points) == shown


def broken(kind: str) -> tuple[list[Outcome], list[str]]:
    tests, expected = outcomes(), list(TESTS)
    if kind == "was not judged":
        del tests[0]
    elif kind == "was judged 2 times":
        tests.append(tests[3])
    elif kind == "is no test of this topic":
        tests.append(replace(tests[0], id="hidden::A::other"))
    elif kind == "fault of the harness":
        tests[0] = replace(tests[0], verdict=Verdict.HARNESS)
    elif kind == "which is no part":
        tests[0] = replace(tests[0], part="attend.property")
    elif kind == "mask.correctness has no test":
        tests = [test for test in tests if test.part != "mask.correctness"]
        expected.remove("public::M::c")
    return tests, expected


@pytest.mark.parametrize(
    "fault",
    [
        "was not judged",
        "was judged 2 times",
        "is no test of this topic",
        "fault of the harness",
        "which is no part",
        "mask.correctness has no test",
    ],
)
def test_a_fault_of_the_harness_is_nobodys_zero(fault: str) -> None:
    """Where the trusted list and the outcomes disagree there is no mark at all, and the fault is named."""
    tests, expected = broken(fault)
    found = score(ASSIGNMENT, tests, expected, QUIZ)
    assert not found.complete
    assert found.earned is None
    assert found.parts == ()
    assert any(fault in line for line in found.faults)


@given(st.lists(st.sampled_from([v for v in Verdict if v != Verdict.HARNESS]), min_size=len(TESTS), max_size=len(TESTS)), st.booleans())
def test_points_add_up_whatever_happened(verdicts: list[Verdict], drop: bool) -> None:
    """The parts sum to what was earned, possible and pending sum to all points, and nothing exceeds what is possible."""
    tests = [Outcome(id=name, part=part, verdict=verdict) for (name, part), verdict in zip(TESTS.items(), verdicts, strict=True)]
    found = weigh(tests, Fraction(7), "drop" if drop else "grade")
    assert found.earned == pytest.approx(sum(part.earned for part in found.parts))
    assert found.possible + found.pending == (95 if drop else 100)
    assert found.earned is not None
    assert 0 <= found.earned <= found.possible
    assert all(part.earned == 0 for part in found.parts if part.state in (State.LOST, State.BLOCKED, State.PENDING))
    assert all(part.earned == part.points for part in found.parts if part.state == State.EARNED)


@pytest.mark.parametrize(
    ("words", "state", "possible", "pending"), [("Because.", "pending", 90, 10), (" \n", "lost", 100, 0), ("", "lost", 100, 0)]
)
def test_an_answer_in_words_waits_for_a_person(words: str, state: str, possible: int, pending: int) -> None:
    """Its points are out of the total until somebody read it; no answer is worth nothing and waits for nobody."""
    asked = replace(ASSIGNMENT, quiz=None, written=Written(question="Why?", points=10))
    found = score(asked, outcomes(), list(TESTS), None, written=words)
    assert states(found)["written"] == (0, state)
    assert (found.earned, found.possible, found.pending) == (90, possible, pending)
