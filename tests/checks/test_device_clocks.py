"""A clock for devices passes equal code, fails slow code, and believes nothing that was not computed from this turn's inputs.

Everything here runs on the processor under a device's name, in a real box: no GPU was at hand, and what needs one is not shown.
"""

from dataclasses import replace

import pytest
import torch

from grader.assignment import Kind, Speed, Task
from grader.checks import clocks, device_clocks
from grader.checks.device_clocks import DeviceTiming, device_speed
from grader.errors import CourseError, HarnessError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.devices import STAND_IN
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student
from grader.submitted import device_limits, prepare

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")]

LIMIT = 2.5
TASK = Task(entry="f", points={Kind.CORRECTNESS: 5, Kind.SPEED_CUDA: 5}, speed=Speed(limit=LIMIT, slower="loop"))
WORK = """
import torch

torch.set_num_threads(1)


def work(x, times=1):
    for _ in range(times):
        out = (x @ x).sort(-1).values
    return out


"""
SIZE = 300


@pytest.fixture(scope="module")
def box():
    """One warm box with the stand-in for a device."""
    backend = next(backend for backend in Backend if probe(backend) is None)
    with Box(backend, hidden=[], accelerator=STAND_IN) as box:
        yield box


@pytest.fixture
def start(box):
    """A function that returns `f` of a submission in a worker on the device."""
    torch.set_num_threads(1)
    started = []

    def start(text, task=TASK):
        load = {"op": "load", "name": "toy", "module": WORK + text, "given": None}
        worker = Worker(box, load, task=task, limits=device_limits(Limits(cpu_s=5, wall_s=20), STAND_IN), tests=1, device=True)
        worker.accelerator = STAND_IN
        prepare(worker, STAND_IN)
        worker.begin(1)
        started.append(worker)
        return Student(worker).f

    yield start
    for worker in started:
        worker.close()


def reference(x):
    return (x @ x).sort(-1).values


def inputs():
    return (torch.rand(SIZE, SIZE),)


def verdict_of(member, **kwargs):
    with pytest.raises(Failure) as told:
        device_speed(member, reference, inputs, STAND_IN, **kwargs)
    return told.value


def test_equal_code_passes(start):
    """With at least thirty pairs, by the way that a grader calls it."""
    timing = clocks.speed(start("def f(x):\n    return work(x)"), reference, inputs, repeats=3)
    assert isinstance(timing, DeviceTiming)
    assert len(timing.student_s) >= 30
    assert timing.ratio < LIMIT


def test_twice_the_limit_fails_with_a_sentence(start):
    """Both numbers are told, and the reference's time to the instructor alone."""
    failure = verdict_of(start(f"def f(x):\n    return work(x, {round(2 * LIMIT)})"), hint=2)
    assert failure.verdict is Verdict.TIMEOUT
    assert failure.message.startswith("Your code is right but slow on the device: it needs ")
    assert failure.message.endswith("times the time of the reference; the limit is 2.5.")
    assert "reference" in failure.detail
    assert "reference" not in failure.shown
    assert failure.hint == 2


CHEATS = {
    "returns early and fills in later": """
import threading, time


def fill(out, x):
    time.sleep(0.05)
    out.copy_(work(x))


def f(x):
    out = torch.zeros_like(x)
    threading.Thread(target=fill, args=(out, x), daemon=True).start()
    return out
""",
    "remembers an output": """
KEPT = []


def f(x):
    KEPT.append(work(x)) if len(KEPT) < 2 else None
    return KEPT[-1]
""",
    "returns the buffer of the call before": """
BUFFER = torch.zeros(1)


def f(x):
    global BUFFER
    old, BUFFER = BUFFER, work(x)
    return old if old.shape == BUFFER.shape else BUFFER
""",
    "is wrong once it is timed": """
CALLS = 0


def f(x):
    global CALLS
    CALLS += 1
    return work(x) if CALLS < 8 else x
""",
    "spoils its inputs": """
def f(x):
    return x.zero_()
""",
    "reads what lies there before its key came": """
import gc
from grader.worker.placed import Desk

DESK = next(o for o in gc.get_objects() if type(o) is Desk)


def f(x):
    (_, masked, _, shape), = DESK.calls[0]
    return work(masked.view(torch.float32).reshape(shape))
""",
}


@pytest.mark.parametrize("name", CHEATS)
def test_nothing_but_this_turns_answer_counts(start, name):
    """Every output is compared after the clock has stopped, with the reference's for inputs that nobody else could touch."""
    assert verdict_of(start(CHEATS[name])).verdict is Verdict.WRONG


def test_spoiled_inputs_are_the_students_own(start):
    """A right answer is right although its inputs are zeros afterwards: the reference has its own."""
    member = start("def f(x):\n    out = work(x)\n    x.zero_()\n    return out")
    assert device_speed(member, reference, inputs, STAND_IN).ratio < LIMIT


def test_sooner_than_the_device_can_is_forged(start):
    """An answer below the floor is no fast answer; without a floor the same code passes."""
    failure = verdict_of(start("def f(x):\n    return work(x)"), floor_operations=1e15)
    assert failure.verdict is Verdict.FORGED
    assert "sooner" in failure.message
    assert "floor" in failure.detail
    assert device_speed(start("def f(x):\n    return work(x)"), reference, inputs, STAND_IN, floor_bytes=8 * SIZE**2).ratio < LIMIT


def test_a_reply_with_too_few_results_is_forged(start):
    """Not a list of one result a call: not an answer."""
    text = """
from grader.worker import placed
placed.Desk.run = lambda self, function, key: [function(*placed.opened(self.calls[0], key, self.device))][:len(self.calls) - 1]


def f(x):
    return work(x)
"""
    assert verdict_of(start(text)).verdict is Verdict.FORGED


def test_a_device_that_does_not_come_to_rest_is_told(start, monkeypatch):
    """Queued work goes on while its process stands still; the reference is not timed beside it."""
    monkeypatch.setattr(device_clocks, "IDLE_PATIENCE_S", 0.05)
    with pytest.raises(Failure, match="keeps the device busy") as told:
        device_speed(start("def f(x):\n    return work(x)"), reference, inputs, replace(STAND_IN, idle_factor=0.0))
    assert told.value.verdict is Verdict.TIMEOUT


def test_the_authors_faults_are_never_the_students(start):
    """No limit; arguments that cannot be sealed; a reference that fails."""
    with pytest.raises(CourseError, match="needs `speed"):
        device_speed(start("def f(x):\n    return x", task=None), reference, inputs, STAND_IN)
    with pytest.raises(HarnessError, match="tensors and plain values"):
        device_speed(start("def f(x):\n    return x"), reference, lambda: ([torch.ones(1)],), STAND_IN)
    with pytest.raises(HarnessError, match="The reference fails"):
        device_speed(start("def f(x):\n    return x"), lambda x: x.nothing, inputs, STAND_IN)


def test_the_noise_band_is_between_the_fifths():
    """Near means that the limit lies between what a fifth of the pairs stays below and what a fifth exceeds."""
    timing = DeviceTiming(tuple(1 + n / 10 for n in range(10)), (1.0,) * 10)
    assert timing.spread == (1.2, 1.7)
    assert timing.is_close_to(1.5)
    assert not timing.is_close_to(1.8)
    assert len((timing + timing).student_s) == 20
