"""A check of memory sees the peak of one call from outside, wherever a program would hide it."""

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

TEXT = """
import ctypes, mmap, os, resource, signal, subprocess, sys, time
import torch

MIB = 1 << 20
KEPT = []


def fill(buffer, mib):
    for at in range(0, mib * MIB, 4096):
        buffer[at] = 1


def small(x):
    return 2 * x


def large(x):
    y = torch.ones(100 * MIB // 8, dtype=torch.float64)
    del y
    return 2 * x


def set_aside(x):
    if not KEPT:
        KEPT.append(torch.ones(150 * MIB // 8, dtype=torch.float64))
    KEPT[0].fill_(2)
    return 2 * x


def shared(x):
    with mmap.mmap(-1, 100 * MIB) as buffer:
        fill(buffer, 100)
    return 2 * x


def forks(x):
    pid = os.fork()
    if pid == 0:
        large(x)
        os._exit(0)
    os.waitpid(pid, 0)
    return 2 * x


def forks_unseen(x):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if os.fork() == 0:
        large(x)
        os._exit(0)
    time.sleep(0.3)
    return 2 * x


def writes(x):
    with open(os.environ["TMPDIR"] + "/large", "wb") as file:
        file.write(bytes(20 * MIB))
    os.unlink(file.name)
    return 2 * x


def raises_its_limit(x):
    resource.setrlimit(resource.RLIMIT_FSIZE, (50 * MIB, 50 * MIB))
    return writes(x)


def hides(x):
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    return large(x)


def in_memory_file(x):
    os.memfd_create("large")
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
    box.wipe()
    load = {"op": "load", "name": "toy", "module": TEXT, "given": None}
    worker = Worker(box, load, task=None, limits=Limits(cpu_s=10, wall_s=60, memory_mib=2048), tests=1)
    worker.begin(1)
    yield Student(worker)
    worker.close()


def inputs():
    return (torch.rand(1 << 17, dtype=torch.float64),)


def double(x):
    return 2 * x


@pytest.mark.slow
def test_small_code_passes_and_large_code_is_told(student):
    """By how much, as MiB; what was freed before the answer counts."""
    assert checks.peak_memory(student.small, inputs, at_most_mib=40).used_mib < 20
    with pytest.raises(Failure, match="at its peak, and may take 40 MiB") as told:
        checks.peak_memory(student.large, inputs, at_most_mib=40)
    assert told.value.verdict is Verdict.MEMORY
    assert 95 < float(told.value.detail.split()[1]) < 130


@pytest.mark.slow
def test_the_reference_sets_the_limit(student):
    """A multiple of what it takes, and its answers are compared."""
    assert checks.peak_memory(student.small, inputs, reference=double, at_most_times=3).used_mib < 24
    with pytest.raises(Failure, match="at its peak"):
        checks.peak_memory(student.large, inputs, reference=double, at_most_times=3)
    with pytest.raises(Failure) as told:
        checks.peak_memory(student.small, inputs, reference=lambda x: 3 * x, at_most_times=3)
    assert told.value.verdict is Verdict.WRONG


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("set_aside", Verdict.MEMORY),
        ("shared", Verdict.MEMORY),
        ("forks", Verdict.PROCESSES),
        ("forks_unseen", Verdict.PROCESSES),
        ("writes", Verdict.DISK),
        ("raises_its_limit", None),
        ("hides", Verdict.MEMORY),
        ("in_memory_file", None),
    ],
)
def test_there_is_no_place_to_hide(student, name, verdict):
    """Set aside earlier, shared, in a child that is gone, in a file, behind a closed /proc; None: the system call itself is refused."""
    with pytest.raises(Failure) as told:
        checks.peak_memory(getattr(student, name), inputs, at_most_mib=40)
    assert told.value.verdict is (verdict or Verdict.RAISED)


@pytest.mark.slow
def test_files_may_grow_again_afterwards(student):
    """The limit of files is the check's, and goes with it, also where the check failed."""
    with pytest.raises(Failure):
        checks.peak_memory(student.large, inputs, at_most_mib=40)
    x = torch.rand(3)
    assert torch.equal(student.writes(x), 2 * x)


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"at_most_times": 2},
        {"at_most_mib": 20, "at_most_times": 2, "reference": double},
        {"at_most_mib": 2},
        {"at_most_times": 1.1, "reference": double},
    ],
)
def test_nonsense_is_the_authors_fault(limits):
    """No limit, two, or one that says nothing."""
    with pytest.raises(CourseError, match="A check of memory"):
        checks.peak_memory(Student(InProcess("toy", TEXT)).small, inputs, **limits)


def test_it_runs_on_a_students_machine():
    """In this process, and says nothing where the system tells nothing."""
    found = checks.peak_memory(Student(InProcess("toy", TEXT)).small, inputs, at_most_mib=500)
    assert found.used_mib is None or found.used_mib < 500
