"""A speed check passes equal code, fails slow code with a sentence, and believes no fast wrong answer.

Work is CPU time spent on purpose, so that a ratio is known before it is measured.
"""

import time

import pytest
import torch

from grader import checks
from grader.assignment import Kind, Speed, Task
from grader.checks.clocks import PAIRS_TO_GIVE_UP
from grader.errors import CourseError
from grader.result import Failure, Verdict
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student

LIMIT = 3.0
WORK_S = 0.012  # above the least work of a turn: one call a turn
TASK = Task(entry="twice", points={Kind.CORRECTNESS: 5, Kind.SPEED: 5}, speed=Speed(limit=LIMIT, slower="loop"))
TEXT = """
import time
import torch

SEEN = []


def twice(x):
    end = time.process_time() + {work}
    SEEN.append(x.tolist())
    while time.process_time() < end:
        pass
    return {answer}
"""


class Watched(InProcess):
    """A leash that writes down when it was stopped and let go."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.events = []

    def freeze(self):
        self.events.append("freeze")

    def thaw(self):
        self.events.append("thaw")


class Reference:
    """The reference, with what it was given."""

    def __init__(self, work_s=WORK_S):
        self.seen, self.work_s = [], work_s

    def __call__(self, x):
        end = time.process_time() + self.work_s
        self.seen.append(x.tolist())
        while time.process_time() < end:
            pass
        return 2 * x


def inputs():
    return (torch.rand(3),)


def leash_of(work_s=WORK_S, answer="2 * x", task=TASK):
    """Return a submission that works so long; `work_s` may be an expression of its own."""
    return Watched("toy", TEXT.format(work=work_s, answer=answer), task=task)


def test_equal_code_passes():
    """The ratio of equal work is near one, with as many pairs as were asked for."""
    timing = checks.speed(Student(leash_of()).twice, Reference(), inputs, repeats=5)
    assert len(timing.student_s) == len(timing.reference_s) == 5
    assert 0.3 < timing.ratio < LIMIT


def test_slow_code_fails_with_a_sentence():
    """Ten times the work: right but slow, with both numbers and the hint."""
    with pytest.raises(Failure) as told:
        checks.speed(Student(leash_of(10 * WORK_S)).twice, Reference(), inputs, hint=2)
    failure = told.value
    assert failure.verdict is Verdict.TIMEOUT
    assert failure.message.startswith("Your code is right but slow: it needs ")
    assert failure.message.endswith("times the CPU time of the reference; the limit is 3.")
    assert 5 < float(failure.message.split("it needs ")[1].split()[0]) < 20
    assert failure.shown.startswith("median of ")
    assert failure.hint == 2


def test_what_is_hopeless_is_not_measured_further():
    """Twice above the limit in each of the first pairs: no further pair, no confirmation."""
    reference = Reference()
    with pytest.raises(Failure, match=f"median of {PAIRS_TO_GIVE_UP} pairs"):
        checks.speed(Student(leash_of(10 * WORK_S)).twice, reference, inputs, repeats=50)
    assert len(reference.seen) == 1 + PAIRS_TO_GIVE_UP


def test_above_the_limit_is_confirmed_before_it_is_told():
    """A machine that was busy during the first measurement costs nobody marks; steady slowness is measured twice, then told."""
    slow_at_first = f"{WORK_S} * (5 if len(SEEN) < 4 else 1)"
    timing = checks.speed(Student(leash_of(slow_at_first)).twice, Reference(), inputs, repeats=3)
    assert timing.ratio < LIMIT
    reference = Reference()
    with pytest.raises(Failure, match="right but slow"):
        checks.speed(Student(leash_of(4.5 * WORK_S)).twice, reference, inputs, repeats=3)
    assert len(reference.seen) == 2 * (1 + 3)


@pytest.mark.parametrize("work_s", [0, WORK_S, 10 * WORK_S])
def test_a_wrong_answer_is_wrong_however_fast(work_s):
    """Outputs are compared with the reference's for the same inputs."""
    with pytest.raises(Failure) as told:
        checks.speed(Student(leash_of(work_s, "2 * x + 1")).twice, Reference(), inputs, repeats=3)
    assert told.value.verdict is Verdict.WRONG


def test_one_wrong_answer_among_many_is_found():
    """Right at first, from memory afterwards: every output counts."""
    answer = "torch.full_like(x, 9) if len(SEEN) > 3 else 2 * x"
    leash = leash_of(answer=answer)
    with pytest.raises(Failure) as told:
        checks.speed(Student(leash).twice, Reference(), inputs, repeats=5)
    assert told.value.verdict is Verdict.WRONG


def test_inputs_are_fresh_for_every_call():
    """Nothing can be kept from the call before; student and reference get equal inputs."""
    student, reference = Student(leash_of()), Reference()
    checks.speed(student.twice, reference, inputs, repeats=4)
    assert student.get("SEEN") == reference.seen
    assert len({tuple(x) for x in reference.seen}) == len(reference.seen) == 5


def test_quick_code_is_called_many_times_a_turn():
    """One call of microseconds would be measured by its noise: the work of a turn has a lower bound."""
    reference = Reference(0.001)
    checks.speed(Student(leash_of(0.001)).twice, reference, inputs, repeats=2)
    assert len(reference.seen) > 1 + 2 * 3


def test_the_student_stands_still_while_the_reference_runs():
    """Frozen before and let go after each turn of the reference, also when the reference fails."""
    leash, reference, states = leash_of(), Reference(), []

    def breaks(x):
        states.append(leash.events[-1])
        if len(states) == 3:
            raise RuntimeError("broken reference")
        return reference(x)

    with pytest.raises(RuntimeError, match="broken reference"):
        checks.speed(Student(leash).twice, breaks, inputs)
    assert states == ["freeze"] * 3
    assert leash.events == ["freeze", "thaw"] * 3


def test_sleeping_is_not_working():
    """CPU time counts: what waits is the wall limit's business."""
    leash = leash_of(answer="(time.sleep(0.05), 2 * x)[1]")
    began = time.monotonic()
    assert checks.speed(Student(leash).twice, Reference(), inputs, repeats=3).ratio < LIMIT
    assert time.monotonic() - began >= 4 * 0.05


@pytest.mark.parametrize("task", [None, Task(entry="twice", points={Kind.CORRECTNESS: 5})], ids=["no task", "no limit"])
def test_a_task_without_a_limit_is_the_authors_fault(task):
    """Said before anything runs."""
    student = Student(leash_of(task=task))
    with pytest.raises(CourseError, match="needs `speed"):
        checks.speed(student.twice, Reference(), inputs)
    assert student.get("SEEN") == []
