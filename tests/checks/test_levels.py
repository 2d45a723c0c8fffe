"""A level is reached by one of up to three runs, made once for all levels; what a study proves of a level is a bound, never more."""

import math

import pytest

from grader import checks
from grader.assignment import Kind, Task
from grader.checks.levels import RUNS
from grader.draw import Draw
from grader.errors import CourseError
from grader.result import Failure, Verdict
from grader.runner import JudgeProcess
from grader.sandbox.backend import Backend, probe
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student
from grader.submission import Submission

BACKENDS = [backend for backend in Backend if probe(backend) is None]
RISING = {"simple": 60, "medium": 200, "strong": 400, "boss": 475}
FALLING = {"simple": 4.0, "medium": 2.0, "strong": 1.0, "boss": 0.5}


class Runs:
    """A training whose runs come to the numbers of a list; a failure in it is raised."""

    def __init__(self, *numbers):
        self.numbers, self.made, self.drawn = list(numbers), 0, []

    def __call__(self, rng):
        self.made += 1
        self.drawn.append(int(rng.integers(2**31)))
        number = self.numbers.pop(0)
        if isinstance(number, Failure):
            raise number
        return number


def student_of(needed=RISING, kept=None):
    task = Task(entry="train", points={Kind.PERFORMANCE: 8}, levels=needed)
    return Student(
        InProcess("toy", "import random\n\n\ndef roll():\n    return random.random()\n", task=task, kept={} if kept is None else kept)
    )


def climb(runs, needed=RISING, **more):
    """Return which levels are reached, each in a test of its own, and what is said of each."""
    kept, reached, said = {}, [], {}
    for n, level in enumerate(checks.LEVELS):
        student = student_of(needed, kept)  # a student's machine loads the module for every test
        try:
            checks.levels(student, level, runs, draw=Draw(n), **more)
            reached.append(level)
            said[level] = student._leash.remark
        except Failure as failure:
            said[level] = failure.message
    return reached, said


def test_one_good_run_is_enough():
    """A first run that reaches every level is the only one."""
    runs = Runs(500)
    reached, said = climb(runs)
    assert reached == list(checks.LEVELS)
    assert runs.made == 1
    assert said["boss"] == "Your best of 1 run comes to 500."


def test_later_runs_only_where_a_level_was_missed():
    """Two levels reached by the first run, the third by the second; the fourth asks for the third run and for no other."""
    runs = Runs(250, 420, 430)
    reached, said = climb(runs)
    assert reached == ["simple", "medium", "strong"]
    assert runs.made == RUNS == 3
    assert said["medium"] == "Your best of 1 run comes to 250."
    assert said["strong"] == "Your best of 2 runs comes to 420."
    assert said["boss"] == "The level boss needs at least 475. Your best of 3 runs comes to 430."


def test_a_level_at_its_bound_is_reached():
    """At least means at least; a hair below is missed in all three runs."""
    assert climb(Runs(475, 0, 0))[0] == list(checks.LEVELS)
    assert climb(Runs(474.999, 474.999, 474.999))[0] == ["simple", "medium", "strong"]


def test_losses_go_down():
    """Where the levels fall, the smallest number is the best, and at most means at most."""
    reached, said = climb(Runs(1.5, 0.9, 2.5), FALLING)
    assert reached == ["simple", "medium", "strong"]
    assert said["boss"] == "The level boss needs at most 0.5. Your best of 3 runs comes to 0.9."


@pytest.mark.parametrize("needed", [RISING, FALLING])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_reaches_nothing(number, needed):
    """NaN and infinities of either sign reach no level, whichever way the levels go."""
    reached, said = climb(Runs(number, number, number), needed)
    assert reached == []
    assert said["simple"].endswith("No run came to a number.")


def test_a_failure_ends_the_runs_and_keeps_what_was_reached():
    """A second run that ends in a timeout: two levels stand, the others have its verdict, and no third run is made."""
    runs = Runs(250, Failure(Verdict.TIMEOUT, "Your code did not answer."), 500)
    kept = {}
    for level in ("simple", "medium"):
        checks.levels(student_of(RISING, kept), level, runs, draw=Draw(1))
    for level in ("strong", "boss"):
        with pytest.raises(Failure, match=r"Your code did not answer\. Your best of 1 run comes to 250\.") as told:
            checks.levels(student_of(RISING, kept), level, runs, draw=Draw(1))
        assert told.value.verdict is Verdict.TIMEOUT
    assert runs.made == 2


def test_every_run_has_another_seed_of_the_worker_alone():
    """The worker draws other numbers in each run, the judge the same: a mask is not drawn again. A second grading draws all alike."""

    def rolls():
        student, seen = student_of(), []
        with pytest.raises(Failure):
            checks.levels(student, "boss", lambda rng: seen.append((student.roll(), float(rng.random()))) or 0.0, draw=Draw(5))
        return seen

    first = rolls()
    assert len({roll for roll, _ in first}) == 3
    assert len({drawn for _, drawn in first}) == 1
    assert rolls() == first


def test_two_ladders_of_a_task_are_apart():
    """A name tells them apart; without it they would share their runs."""
    student = student_of()
    assert checks.levels(student, "boss", Runs(500), draw=Draw(1)) == (500,)
    with pytest.raises(Failure):
        checks.levels(student, "boss", Runs(1, 1, 1), draw=Draw(1), name="other")


def test_a_task_without_levels_is_the_authors_fault():
    """The message says what is missing; so for a level that there is not."""
    with pytest.raises(CourseError, match="needs `levels"):
        checks.levels(Student(InProcess("toy", "")), "boss", Runs(), draw=Draw(1))
    with pytest.raises(CourseError, match=r"checks\.LEVELS"):
        checks.levels(student_of(), "easy", Runs(), draw=Draw(1))


def test_the_bound_is_what_no_misses_prove():
    """0 of 20 bounds the rate by 14 %, 0 of 200 by 1.5 %; with misses it is Clopper's and Pearson's."""
    assert checks.miss_bound(0, 20) == pytest.approx(1 - 0.05 ** (1 / 20))
    assert checks.miss_bound(0, 200) == pytest.approx(0.0149, abs=1e-4)
    assert checks.miss_bound(2, 20) == pytest.approx(0.2826, abs=1e-4)
    assert checks.miss_bound(5, 5) == 1


def test_a_study_says_count_bound_and_margin():
    """Twenty runs: which levels were missed how often, what that proves, and how far the worst run is from each, in spreads."""
    numbers = [400 + 5 * n for n in range(20)]
    lines = checks.study(numbers, RISING).splitlines()
    assert lines[0].startswith("20 runs: worst 400, median 447.5")
    assert "missed by 0 of 20, so by less than 13.9% of runs, 0.27% of 3 in a row (95 %)" in lines[1]
    assert "margin +6.5 spreads" in lines[1]
    assert "missed by 15 of 20" in lines[4]
    assert "margin -1.4 spreads" in lines[4]
    falling = checks.study([0.4, 0.6, 0.8], FALLING).splitlines()
    assert "worst 0.8" in falling[0]
    assert "missed by 2 of 3" in falling[4]


HIDDEN = '''

@task("Counter.count")
@kind("performance")
class TestLevels:
    @pytest.mark.parametrize("level", checks.LEVELS)
    def test_level(self, student, draw, level):
        """Steps of the environment are counted: as many as the budget has, all of them at once."""
        def run(rng):
            view = checks.masked("CartPole-v1", rng)
            env = checks.training(student, view, steps=40, seeds=rng)
            student.Counter().count(env)
            return env.stage.spent + 100 * rng.random()

        checks.levels(student, level, run, draw=draw)
'''
STEPPING = """
class Counter:
    def count(self, step):
        if type(step) is int:
            self.state += step
            return self.state
        trained = 0
        while step.steps_left:
            step.reset()
            over = False
            while step.steps_left and not over:
                over = any(step.step(0)[2:4])
        return trained
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_graded_part_earns_a_quarter_a_level(own_course, toy_reference, backend):
    """Behind the wall one training serves all four levels, each quarter is earned by itself, and the number stands in the results."""
    with_levels(own_course)
    from grader import splice

    module = splice.overlay(toy_reference, STEPPING)
    with JudgeProcess(own_course, "toy", backend) as judge:
        result = judge.grade(Submission(topic="toy", digest="sha256:" + "0" * 64, module=module, answers={}, form="module"), b"k")
    tests = [test for test in result.tests if test.part == "Counter.count.performance"]
    assert [test.verdict for test in tests] == [Verdict.PASSED] * 3 + [Verdict.WRONG], [(test.message, test.detail) for test in tests]
    first = tests[0].message
    assert first.startswith("Your best of 1 run comes to ")
    assert tests[1].message == tests[2].message == first
    assert "The level boss needs at least 1000. Your best of 3 runs comes to" in tests[3].message
    part = next(part for part in result.parts if part.part == "Counter.count.performance")
    assert (part.earned, part.points, part.state) == (3, 4, "partial")


def with_levels(course):
    """Give the toy's counter a performance part, at the cost of the integration."""
    described = course.assignment_dir("toy") / "assignment.toml"
    text = described.read_text(encoding="utf-8").replace("points = 12", "points = 8")
    counter = 'entry = "Counter.count"\npoints = { correctness = 15'
    levels = "levels = { simple = 20, medium = 30, strong = 40, boss = 1000 }"
    assert counter in text
    text = text.replace(counter + " }", counter + f", performance = 4 }}\n{levels}")
    described.write_text(text, encoding="utf-8")
    hidden = course.solution_dir("toy") / "test_toy_hidden.py"
    hidden.write_text(hidden.read_text(encoding="utf-8") + HIDDEN, encoding="utf-8")
