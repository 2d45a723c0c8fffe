"""A growth check tells proportional work from a loop inside a loop, by CPU time read from outside."""

import pytest
import torch

from grader import checks
from grader.errors import CourseError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.inproc import InProcess
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student

SIZES = (10, 20, 40)
TEXT = """
import os, threading, time


def work(ms):
    end = time.thread_time() + ms / 1000
    while time.thread_time() < end:
        pass


def linear(x):
    work(len(x))
    return 2 * x


def quadratic(x):
    work(len(x) ** 2 / 5)
    return 2 * x


def quadratic_in_a_thread(x):
    thread = threading.Thread(target=quadratic, args=(x,))
    thread.start()
    thread.join()
    return 2 * x


def quadratic_in_a_child(x):
    pid = os.fork()
    if pid == 0:
        quadratic(x)
        os._exit(0)
    os.waitpid(pid, 0)
    return 2 * x


def gives_up(x):
    return 2 * x if len(x) < 15 else 0 * x


def instant(x):
    return 2 * x
"""
BACKENDS = [backend for backend in Backend if probe(backend) is None]


@pytest.fixture(scope="module", params=BACKENDS)
def box(request):
    """One warm box, as a judge keeps it."""
    with Box(request.param, hidden=[]) as box:
        yield box


@pytest.fixture
def student(box):
    """The submission in a fresh worker, in its first test."""
    load = {"op": "load", "name": "toy", "module": TEXT, "given": None}
    worker = Worker(box, load, task=None, limits=Limits(cpu_s=20, wall_s=60), tests=1)
    worker.begin(1)
    yield Student(worker)
    worker.close()


def of_size(size):
    return (torch.rand(size, dtype=torch.float64),)


def double(x):
    return 2 * x


@pytest.mark.slow
def test_proportional_work_passes(student):
    """With the exponent near 1."""
    found = checks.growth(student.linear, of_size, SIZES, reference=double)
    assert 0.8 < found.exponent <= 1.2
    assert len(found.rounds) == 10


@pytest.mark.slow
@pytest.mark.parametrize("name", ["quadratic", "quadratic_in_a_thread", "quadratic_in_a_child"])
def test_a_loop_inside_a_loop_fails_with_a_sentence(student, name):
    """Wherever the work is done; the exponent is told."""
    with pytest.raises(Failure, match=r"twice the size takes .* times as long \(exponent ") as told:
        checks.growth(getattr(student, name), of_size, SIZES, reference=double, hint=1)
    assert told.value.verdict is Verdict.TIMEOUT
    assert 1.4 < float(told.value.message.split("(exponent ")[1].split(")")[0]) < 2.4
    assert told.value.hint == 1


@pytest.mark.slow
def test_answers_of_large_inputs_are_compared(student):
    """Who gives up on them is wrong, not quick."""
    with pytest.raises(Failure) as told:
        checks.growth(student.gives_up, of_size, SIZES, reference=double)
    assert told.value.verdict is Verdict.WRONG


@pytest.mark.slow
def test_what_is_too_quick_to_measure_passes(student):
    """The benefit of the doubt: what takes no time does not grow."""
    assert checks.growth(student.instant, of_size, SIZES, repeats=3).exponent < 1.2


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((), "none"),
        ((10, 40), "three"),
        ((10, 5, 40), "growing"),
        ((10, 20, 30), "4 times"),
        ((0, 2, 4), "above 0"),
        ((1.0, 2.0, 4.0), "whole"),
    ],
)
def test_nonsense_is_the_authors_fault(sizes, words):
    """Before anything runs."""
    with pytest.raises(CourseError, match=words):
        checks.growth(Student(InProcess("toy", TEXT)).linear, of_size, sizes)


def test_it_runs_on_a_students_machine():
    """In this process, without a sandbox or /proc."""
    assert checks.growth(Student(InProcess("toy", TEXT)).linear, of_size, SIZES, repeats=3).exponent < 1.5
