"""The student's code in this process: loaded once, answered through copies, its own exception kept for the traceback."""

import time
import traceback

import numpy as np
import pytest
import torch

from grader import splice, wire
from grader.assignment import Kind, Task
from grader.result import Failure, Verdict
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Handle, Student
from grader.submitted import given_code

TEXT = """
import random
import torch

COUNT = [0]
COUNT[0] += 1
KEPT = torch.zeros(2)


def kept():
    return KEPT


def spoil(x):
    x.add_(1)
    return x


def roll():
    return [random.random(), float(torch.rand(1))]


def inner(x):
    return x.nothing


def outer(x):
    return inner(x)


class Net:
    pass
"""


def test_the_module_is_loaded_once_and_when_it_is_needed():
    """Not by making the leash, and not again by a second call."""
    leash = InProcess("toy", "1 / 0\n")
    with pytest.raises(Failure, match="does not import"):
        leash.load()
    student = Student(InProcess("toy", TEXT))
    student.kept()
    assert student.get("COUNT") == [1]


def test_the_code_has_one_thread_as_in_the_box():
    """Whatever torch was told before."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        Student(InProcess("toy", TEXT)).kept()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)


def test_two_leashes_share_nothing():
    """Each has its own module, even under one name."""
    one, other = Student(InProcess("toy", TEXT)), Student(InProcess("toy", TEXT + "\nKEPT += 7\n"))
    assert torch.equal(one.kept(), torch.zeros(2))
    assert torch.equal(other.kept(), torch.full((2,), 7.0))
    assert torch.equal(one.kept(), torch.zeros(2))


def test_values_are_copies_both_ways():
    """As across the wall: neither the grader's input nor the student's state is reached through a value."""
    student, x = Student(InProcess("toy", TEXT)), torch.zeros(2)
    assert torch.equal(student.spoil(x), torch.ones(2))
    assert torch.equal(x, torch.zeros(2))
    student.kept().add_(1)
    assert torch.equal(student.kept(), torch.zeros(2))


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "é", [1, (2, "x")], {"a": [1.0]}, torch.ones(2, 3), np.arange(3), 1 + 2j], ids=str)
def test_a_value_comes_back_as_it_went(value):
    """Type, dtype, shape and content."""
    got = Student(InProcess("toy", "def same(x):\n    return x\n")).same(value)
    assert type(got) is type(value)
    assert str(got) == str(value)
    assert getattr(got, "dtype", None) == getattr(value, "dtype", None)


def test_an_object_stays_behind_a_handle():
    """A student's class never comes out as itself."""
    assert isinstance(Student(InProcess("toy", TEXT)).Net(), Handle)


def test_what_cannot_cross_is_refused_before_the_student_sees_it():
    """A grader that sends a function is at fault, on a student's machine too."""
    with pytest.raises(wire.WireError, match="cannot be sent"):
        Student(InProcess("toy", TEXT)).kept(print)


def test_the_students_own_exception_is_the_cause():
    """A debugger and a traceback show the student's frames with the student's lines."""
    with pytest.raises(Failure) as told:
        Student(InProcess("toy", TEXT)).outer(1)
    cause = told.value.__cause__
    assert isinstance(cause, AttributeError)
    shown = "".join(traceback.format_exception(cause))
    assert 'File "toy.py"' in shown
    assert "return x.nothing" in shown


def test_an_exit_does_not_end_this_process():
    """`sys.exit` and Ctrl-C of the student's own are failures like any other."""
    student = Student(InProcess("toy", "import sys\n\n\ndef leave():\n    sys.exit(0)\n\n\ndef stop():\n    raise KeyboardInterrupt\n"))
    for name, exception in (("leave", SystemExit), ("stop", KeyboardInterrupt)):
        with pytest.raises(Failure) as told:
            getattr(student, name)()
        assert told.value.verdict is Verdict.RAISED
        assert isinstance(told.value.__cause__, exception)


def test_a_seeded_test_repeats_itself():
    """The same seed gives the student's code the same numbers, another seed others."""
    leash = InProcess("toy", TEXT)
    rolls = []
    for seed in (5, 5, 6):
        leash.ask({"op": "test", "seed": seed})
        rolls.append(Student(leash).roll())
    assert rolls[0] == rolls[1]
    assert rolls[0] != rolls[2]


def test_what_is_put_in_is_used(toy_reference):
    """A mistake is loaded as its task must see it: with the reference's needs."""
    text = "def double(x):\n    return 0\n\n\ndef quadruple(x):\n    return double(double(x))\n"
    names = ("factor", "double")
    leash = InProcess("toy", splice.put_in(text, names), given=given_code(toy_reference, names))
    assert Student(leash).quadruple(3) == 12


def test_the_latest_call_is_described():
    """What a message says was called; nothing before the first call."""
    leash = InProcess("toy", TEXT)
    assert leash.last_call == ""
    Student(leash).spoil(torch.zeros(2, 3))
    assert leash.last_call == "spoil(float32 (2, 3))"


def test_the_clock_is_this_process():
    """CPU time runs here; there is nothing to freeze; the task is the one it was made with."""
    task = Task(entry="total", points={Kind.CORRECTNESS: 5})
    leash = InProcess("toy", TEXT, task=task)
    assert leash.task is task
    before, end = leash.cpu_s(), time.process_time() + 0.02
    leash.freeze()
    while time.process_time() < end:
        pass
    leash.thaw()
    assert 0.02 <= leash.cpu_s() - before < 1
