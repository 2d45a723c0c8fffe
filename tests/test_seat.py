"""A test knows its part; tests and points that disagree are told, one sentence each."""

from pathlib import Path

import pytest

from grader.assignment import Kind, read_assignment
from grader.seat import INTEGRATION, Test, task_of, unknown_parts

ASSIGNMENT = read_assignment(Path(__file__).with_name("toy") / "assignments" / "toy" / "assignment.toml", "toy")
PARTS = [part for part in ASSIGNMENT.parts() if part.name != "quiz"]


def complete():
    """Return one test for every part of the toy."""
    tests = [Test(f"hidden::T::test_{n}", p.entry or INTEGRATION, p.kind or Kind.CORRECTNESS) for n, p in enumerate(PARTS)]
    return {test.id: test for test in tests}


@pytest.mark.parametrize(
    ("entry", "kind", "part"),
    [
        ("double", Kind.CORRECTNESS, "double.correctness"),
        ("Counter.count", Kind.SPEED_CUDA, "Counter.count.speed_cuda"),
        (INTEGRATION, Kind.CORRECTNESS, "integration"),
        (INTEGRATION, Kind.GRADIENT, "integration"),
    ],
)
def test_a_test_belongs_to_a_part(entry, kind, part):
    """Task and kind name it; the integration is one part whatever the kind."""
    assert Test("public::T::test_x", entry, kind).part == part


def test_a_public_test_is_known_by_its_id():
    """The first word decides, whatever the test's name says."""
    assert Test("public::T::test_hidden", "double", Kind.CORRECTNESS).is_public
    assert not Test("hidden::T::test_public", "double", Kind.CORRECTNESS).is_public
    assert not Test("hidden::T::test_x[public::]", "double", Kind.CORRECTNESS).is_public


def test_a_tests_task_is_the_assignments():
    """The task with its needs and limits; the integration has none; what is no task is a `KeyError`."""
    assert task_of(ASSIGNMENT, Test("public::T::t", "quadruple", Kind.CORRECTNESS)).needs == ("double",)
    assert task_of(ASSIGNMENT, Test("hidden::T::t", INTEGRATION, Kind.CORRECTNESS)) is None
    with pytest.raises(KeyError):
        task_of(ASSIGNMENT, Test("hidden::T::t", "halve", Kind.CORRECTNESS))


def test_a_test_for_every_part_is_no_fault():
    """The quiz has points and needs no test."""
    assert unknown_parts(ASSIGNMENT, complete()) == []


def test_a_test_without_points_is_told():
    """An unknown task and a kind that its task has no points for."""
    extra = [Test("hidden::T::test_a", "halve", Kind.CORRECTNESS), Test("hidden::T::test_b", "total", Kind.GRADIENT)]
    assert unknown_parts(ASSIGNMENT, complete() | {test.id: test for test in extra}) == [
        "hidden::T::test_a belongs to halve.correctness, which has no points",
        "hidden::T::test_b belongs to total.gradient, which has no points",
    ]


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_points_without_a_test_are_told(number):
    """Every part, the integration too: nobody could lose it."""
    tests = complete()
    del tests[f"hidden::T::test_{number}"]
    assert unknown_parts(ASSIGNMENT, tests) == [f"{PARTS[number].name} has points but no test"]
