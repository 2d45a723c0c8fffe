"""Claims about what a student may read of failures."""

from dataclasses import fields

from grader.failures import Failed, failed
from grader.result import Outcome, Verdict


def outcome(name: str, **more: object) -> Outcome:
    values = {"part": "a.correctness", "verdict": Verdict.WRONG, "message": "Wrong.", "detail": "DETAIL", **more}
    return Outcome(id=name, **values)  # type: ignore[arg-type]


def test_alike_failures_are_one() -> None:
    """Tests of one part and origin that say the same are counted, not repeated; the first one's hint stays."""
    found = failed([outcome("hidden::T::a", hint=2), outcome("hidden::T::b"), outcome("public::T::c"), outcome("public::T::d")])
    assert [(one.test, one.count, one.hint) for one in found] == [("", 2, 2), ("public::T::c", 2, None)]


def test_another_sentence_part_or_verdict_is_another_failure() -> None:
    """Whatever a student would read differently stands for itself, in the order of the tests."""
    tests = [
        outcome("hidden::T::a"),
        outcome("hidden::T::a", message="Other."),
        outcome("hidden::T::a", suspected="Perhaps."),
        outcome("hidden::T::a", verdict=Verdict.RAISED),
        outcome("hidden::T::a", part="b.correctness"),
    ]
    assert [one.count for one in failed(tests)] == [1, 1, 1, 1, 1]
    assert [one.part for one in failed(tests)][-1] == "b.correctness"


def test_what_passed_or_waits_is_no_failure() -> None:
    """Nothing is told of tests that passed or have no device yet."""
    assert failed([outcome("hidden::T::a", verdict=Verdict.PASSED), outcome("hidden::T::b", verdict=Verdict.PENDING)]) == ()


def test_neither_details_nor_hidden_names_are_in_it() -> None:
    """The instructor's detail and a hidden test's id cannot leave through a failure: it has no place for them."""
    (one,) = failed([outcome("hidden::TestSecret::test_secret")])
    assert "detail" not in {field.name for field in fields(Failed)}
    assert "DETAIL" not in repr(one)
    assert "ecret" not in repr(one)
