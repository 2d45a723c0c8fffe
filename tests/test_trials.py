"""Each mutant is tried against the tests of its task, and what becomes of it is told."""

import dataclasses

import pytest
from msgspec.structs import replace

from grader.assignment import load_assignment
from grader.errors import HarnessError
from grader.runner import JudgeProcess
from grader.sandbox.backend import choose
from grader.task import LEVELS
from grader.trials import CRASHED, OUT_OF_TIME, mutants_of

pytestmark = pytest.mark.slow


def fates(course, **how):
    """Return the fates of the toy's mutants, from a judge of their own."""
    with JudgeProcess(course, "toy", choose()) as judge:
        return judge.fates(**how)


def change(course, old, new):
    """Change the toy's reference."""
    path = course.solution_dir("toy") / "toy.py"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_killers_are_tests_of_the_task(own_course):
    """Every mutant of the toy is killed, by a test of its own task; two processes find what one finds."""
    told = []
    found = fates(own_course, shares=2, told=lambda: told.append(1))
    assert found == fates(own_course)
    assert len(found) == len(told) == 12
    assert {fate.killer.split("::")[1] for fate in found if fate.entry == "double"} == {"TestDouble"}
    assert all(fate.killer for fate in found)


def test_again_each_is_tried_at_its_killer_alone(own_course):
    """What another test would kill is alive where its killer no longer kills it: the study would be wrong."""
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    hidden.write_text(
        hidden.read_text().replace("class TestDouble:\n", "class TestDouble:\n    def test_blind(self, student):\n        pass\n\n")
    )
    first, second = [fate for fate in fates(own_course) if fate.entry == "double"][:2]
    assert fates(own_course, again=[first, second]) == (first, second)
    blind = replace(first, killer="hidden::TestDouble::test_blind")
    assert fates(own_course, again=[blind, second]) == (replace(first, killer=None), second)
    assert fates(own_course, again=[replace(first, killer=CRASHED)]) == (first,)


def test_a_mutant_that_nothing_tells_apart_survives(own_course):
    """Twice an addition of zero: one more statement that no test can see."""
    change(own_course, "    return factor() * x\n", "    zero = 0\n    return factor() * (x + zero)\n")
    alive = [fate.change for fate in fates(own_course) if fate.killer is None]
    assert alive == ["line 4: x + zero becomes ((x) - (zero))", "line 4: x + zero becomes (x)"]


def test_a_mutant_that_does_not_end_and_one_that_ends_the_process_are_killed(own_course):
    """Neither keeps the others from being tried."""
    change(
        own_course,
        "    return factor() * x\n",
        "    import os\n    n = 1\n    while n != 0:\n        n -= 1\n    if n > 3:\n        os._exit(3)\n    return factor() * x\n",
    )
    killers = {fate.change: fate.killer for fate in fates(own_course, shares=2)}
    assert killers["line 6: n -= 1 becomes n += 1"] == OUT_OF_TIME
    assert killers["line 7: n > 3 becomes True"] == CRASHED
    assert killers["line 9: factor() * x becomes (x)"] == "public::TestDouble::test_two"


def test_a_reference_that_fails_is_told(own_course):
    """Mutants of what is wrong itself prove nothing."""
    change(own_course, "    return factor() * x\n", "    return factor() + x\n")
    with pytest.raises(HarnessError, match=r"The reference itself fails at public::TestDouble::test_two"):
        fates(own_course)


def test_a_task_with_levels_has_no_mutants(toy_course):
    """Its design is the student's own: another number in it is no mistake."""
    assignment = load_assignment(toy_course, "toy")
    ladder = dict(zip(LEVELS, (1.0, 2.0, 3.0, 4.0), strict=True))
    tasks = tuple(dataclasses.replace(task, levels=ladder) if task.entry == "total" else task for task in assignment.tasks)
    assert {mutant.entry for mutant in mutants_of(toy_course, assignment)} == {"double", "quadruple", "Counter.count", "total"}
    assert {mutant.entry for mutant in mutants_of(toy_course, dataclasses.replace(assignment, tasks=tasks))} == {
        "double",
        "quadruple",
        "Counter.count",
    }
