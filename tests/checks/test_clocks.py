"""A speed check passes equal code, fails slow code with a sentence, and believes no fast wrong answer.

Work is CPU time spent on purpose, so that a ratio is known before it is measured. What needs no wall runs in this process.
"""

import time
from fractions import Fraction

import pytest
import torch

from grader import checks
from grader.assignment import Assignment, Kind, Speed, Task
from grader.checks.clocks import PAIRS_TO_GIVE_UP, REPEATS
from grader.errors import CourseError
from grader.limits import Limits
from grader.result import Failure, Outcome, State, Verdict
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.inproc import InProcess
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student
from grader.scoring import score
from grader.task import LEAST_SPEED_LIMIT

LIMIT = 3.0
WORK_S = 0.015  # above the least work of a turn: one call a turn
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
    assert len(reference.seen) == 3 + PAIRS_TO_GIVE_UP


@pytest.mark.parametrize(("times", "repeats", "pairs"), [(1, 20, 11), (1, 30, 16), (1, 10, 10), (4.5, 20, 2 * 11), (4.5, 10, 2 * 10)])
def test_what_no_further_pair_can_change_is_not_measured_further(times, repeats, pairs):
    """More than half of all pairs on one side decide where the median of all lies; ten there are at least."""
    reference = Reference()
    if times < LIMIT:
        timing = checks.speed(Student(leash_of(times * WORK_S)).twice, reference, inputs, repeats=repeats)
        assert len(timing.ratios) == pairs
    else:
        with pytest.raises(Failure, match=f"median of {pairs // 2} pairs"):
            checks.speed(Student(leash_of(times * WORK_S)).twice, reference, inputs, repeats=repeats)
    assert len(reference.seen) == 3 + pairs


def test_pairs_on_both_sides_are_all_measured():
    """Slow in every other turn: neither side ever has more than half of all pairs."""
    timing = checks.speed(Student(leash_of(f"{WORK_S} * (4 if len(SEEN) % 2 else 1)")).twice, Reference(), inputs)
    assert len(timing.ratios) == REPEATS


def test_above_the_limit_is_confirmed_before_it_is_told():
    """A machine that was busy during the first measurement costs nobody marks; steady slowness is measured twice, then told."""
    slow_at_first = f"{WORK_S} * (5 if len(SEEN) < 4 else 1)"
    timing = checks.speed(Student(leash_of(slow_at_first)).twice, Reference(), inputs, repeats=3)
    assert timing.ratio < LIMIT
    reference = Reference()
    with pytest.raises(Failure, match="right but slow"):
        checks.speed(Student(leash_of(4.5 * WORK_S)).twice, reference, inputs, repeats=3)
    assert len(reference.seen) == 3 + 2 * 3


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
    seen = student.get("SEEN")
    assert all(x in reference.seen for x in seen)
    assert len({tuple(x) for x in seen}) == len(seen) == 5


def test_inputs_that_repeat_are_the_authors_fault():
    """A solution that remembers its answers would be fast on them."""
    x = torch.rand(3)
    with pytest.raises(CourseError, match="repeat"):
        checks.speed(Student(leash_of()).twice, Reference(), lambda: (x,))


def test_quick_code_is_called_many_times_a_turn():
    """One call of microseconds would be measured by its noise: the work of a turn has a lower bound."""
    student = Student(leash_of(0.001))
    checks.speed(student.twice, Reference(0.001), inputs, repeats=2)
    assert len(student.get("SEEN")) > 1 + 2 * 3


def test_who_goes_first_alternates():
    """What the first turn of a pair leaves behind, warm caches or a warm clock, favours neither."""
    student, order = Student(leash_of("(SEEN.append(0), 0.015)[1]")), []

    def reference(x):
        order.append(len(student.get("SEEN")))
        return Reference()(x)

    checks.speed(student.twice, reference, inputs, repeats=4)
    # One warm-up, the student first; two turns of the reference alone; then S R, R S, S R, R S.
    assert [n // 2 for n in order] == [1, 1, 1, 2, 2, 4, 4]


def test_the_student_stands_still_but_for_its_own_turns():
    """Let go for its calls alone, also where the reference fails, and free again at the end."""
    leash, reference, states = leash_of(), Reference(), []

    def breaks(x):
        states.append(leash.events[-1])
        if len(states) == 3:
            raise RuntimeError("broken reference")
        return reference(x)

    with pytest.raises(RuntimeError, match="broken reference"):
        checks.speed(Student(leash).twice, breaks, inputs)
    assert states == ["freeze"] * 3
    assert leash.events == ["freeze", "thaw"] * (len(leash.events) // 2)


def test_the_reference_cannot_change_what_the_student_gets():
    """Whichever goes first, both get the same numbers."""

    def reference(x):
        answer = Reference()(x)
        x.zero_()
        return answer

    assert checks.speed(Student(leash_of()).twice, reference, inputs, repeats=4).ratio < LIMIT


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


BACKENDS = [backend for backend in Backend if probe(backend) is None]
BOXED = """
import ctypes, hashlib, os, signal, threading, time
import torch

KEPT, COUNT = {}, [0]


def work(times=1, unit=0.015):
    end = time.thread_time() + unit * times
    while time.thread_time() < end:
        pass


def in_child(act):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        act()
        os.write(w, b"x")
        os._exit(0)
    os.read(r, 1)
    os.close(r), os.close(w)
    return pid


def equal(x):
    work()
    return 2 * x


def slow(x):
    work(4)
    return 2 * x


def slow_in_threads(x):
    threads = [threading.Thread(target=work, args=(1,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * x


def slow_in_a_child(x):
    os.waitpid(in_child(lambda: work(4)), 0)
    return 2 * x


def slow_in_a_child_that_vanishes(x):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    in_child(lambda: work(4))
    time.sleep(0.02)
    return 2 * x


def slow_in_an_orphan(x):
    in_child(lambda: in_child(lambda: work(4)))
    return 2 * x


def slow_in_crumbs(x):
    for _ in range(4):
        if os.fork() == 0:
            os.waitpid(in_child(lambda: work(0.8)), 0)
            signal.pause()
    time.sleep(0.1)
    return 2 * x


def remembers(x):
    key = hashlib.sha256(x.numpy().tobytes()).digest()
    if key not in KEPT:
        work(4)
        KEPT[key] = 2 * x
    return KEPT[key]


def remembers_the_address(x):
    if x.data_ptr() not in KEPT:
        work(4)
        KEPT[x.data_ptr()] = 2 * x
    return KEPT[x.data_ptr()]


def right_at_first(x):
    COUNT[0] += 1
    return 2 * x if COUNT[0] < 3 else torch.zeros_like(x)


def filled_later(x):
    answer = torch.zeros_like(x)
    threading.Thread(target=lambda: (time.sleep(0.02), answer.copy_(2 * x))).start()
    return answer


def floods(x):
    COUNT[0] += 1
    return 2 * x if COUNT[0] < 2 else torch.zeros(16 << 20, dtype=torch.float64)


def instant(x):
    return x


def spoils_its_input(x):
    work()
    return x.mul_(2)


def burns_behind(x):
    if not KEPT:
        KEPT[0] = threading.Thread(target=work, args=(1e6,), daemon=True)
        KEPT[0].start()
    return 2 * x


def endless_at_last(x):
    COUNT[0] += 1
    work(1 if COUNT[0] < 4 else 1e6)
    return 2 * x
"""


@pytest.fixture(scope="module", params=BACKENDS)
def box(request):
    """One warm box, as a judge keeps it."""
    with Box(request.param, hidden=[]) as box:
        yield box


@pytest.fixture
def boxed(box):
    """A function that starts a worker of a wiped box, in its first test."""
    box.wipe()
    started = []

    def start(limit=LEAST_SPEED_LIMIT, **limits):
        task = Task(
            entry="equal", points={Kind.CORRECTNESS: 5, Kind.SPEED: 5}, speed=Speed(limit=limit, slower="slow"), limits=Limits(**limits)
        )
        load = {"op": "load", "name": "toy", "module": BOXED, "given": None}
        started.append(Worker(box, load, task=task, limits=task.limits, tests=3))
        started[-1].begin(1)
        return Student(started[-1])

    yield start
    for worker in started:
        worker.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["equal", "spoils_its_input"])
def test_equal_code_passes_across_the_wall(boxed, name):
    """At the tightest limit that there may be; a changed argument is the student's own copy."""
    timing = checks.speed(getattr(boxed(), name), Reference(), inputs)
    assert len(timing.ratios) >= 10
    assert 0.7 < timing.ratio <= LEAST_SPEED_LIMIT


SLOW = ["slow", "slow_in_threads", "slow_in_a_child", "slow_in_a_child_that_vanishes", "slow_in_an_orphan", "slow_in_crumbs"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SLOW, "remembers"])
def test_no_work_escapes_the_clock(boxed, name):
    """In threads, in children of every kind, or answered from memory: all the CPU time of the box's turns counts."""
    with pytest.raises(Failure, match="right but slow") as told:
        checks.speed(getattr(boxed(), name), Reference(), inputs)
    assert told.value.verdict is Verdict.TIMEOUT


@pytest.mark.slow
@pytest.mark.parametrize("name", ["right_at_first", "filled_later", "floods"])
def test_no_wrong_answer_is_fast(boxed, name):
    """Right while it warms up, filled in after it was returned, or far too large: every answer is compared."""
    with pytest.raises(Failure) as told:
        checks.speed(getattr(boxed(), name), Reference(), inputs)
    assert told.value.verdict is Verdict.WRONG


@pytest.mark.slow
def test_what_is_remembered_by_address_gains_nothing(boxed):
    """Wrong where an address comes again, slow where it does not."""
    with pytest.raises(Failure):
        checks.speed(boxed().remembers_the_address, Reference(), inputs)


@pytest.mark.slow
def test_nothing_goes_on_behind_the_reference(boxed):
    """A thread that never rests stands still while the reference has its turn, and runs again afterwards."""
    student, used = boxed(limit=30.0, cpu_s=20), []

    def reference(x):
        before = student.burns_behind.leash.cpu_s()
        time.sleep(0.02)
        used.append(student.burns_behind.leash.cpu_s() - before)
        return Reference()(x)

    checks.speed(student.burns_behind, reference, inputs)
    assert max(used) < 0.001
    before = student.burns_behind.leash.cpu_s()
    time.sleep(0.2)
    assert student.burns_behind.leash.cpu_s() - before > 0.01


@pytest.mark.slow
def test_a_limit_that_ends_a_turn_says_that_it_was_clocked(boxed):
    """All repeats count towards the test's CPU limit, and the sentence says so."""
    with pytest.raises(Failure, match=r"more than the 1 s of CPU time.*being clocked, in turn 4 of 1 calls.*all turns count") as told:
        checks.speed(boxed(limit=3.0, cpu_s=1).endless_at_last, Reference(), inputs)
    assert told.value.verdict is Verdict.TIMEOUT


@pytest.mark.slow
def test_what_cannot_be_judged_is_the_authors_fault(boxed):
    """Too few repeats, too little work, or more work than the CPU limit has room for."""
    with pytest.raises(CourseError, match="3 repeats, expected at least 10"):
        checks.speed(boxed().equal, Reference(), inputs, repeats=3)
    with pytest.raises(CourseError, match="no work to clock"):
        checks.speed(boxed().instant, lambda x: x, lambda: (float(torch.rand(1)),))
    with pytest.raises(CourseError, match="make the inputs of the speed check smaller, or raise cpu_s"):
        checks.speed(boxed(cpu_s=1).equal, Reference(0.2), inputs)


@pytest.mark.slow
def test_a_moment_of_a_busy_machine_is_no_fault_of_the_authors(boxed):
    """What looks like more work than there is room for is looked at again."""
    reference = Reference(0.2)

    def busy_at_first(x):
        reference.work_s = 0.2 if len(reference.seen) < 5 else WORK_S
        return reference(x)

    assert checks.speed(boxed(cpu_s=1).equal, busy_at_first, inputs).ratio <= LEAST_SPEED_LIMIT


def test_speed_counts_only_for_right_code():
    """A part of speed is blocked where its task's correctness is not earned, however fast the code."""
    task = Task(entry="twice", points={Kind.CORRECTNESS: 15, Kind.SPEED: 15}, speed=Speed(limit=3, slower="loop"))
    assignment = Assignment(topic="toy", title={"en": "Toy"}, tasks=(task,))
    outcomes = [
        Outcome(id="hidden::a", part="twice.correctness", verdict=Verdict.WRONG),
        Outcome(id="hidden::b", part="twice.speed", verdict=Verdict.PASSED),
    ]
    found = score(assignment, outcomes, ["hidden::a", "hidden::b"], Fraction(0))
    assert {part.part: part.state for part in found.parts}["twice.speed"] is State.BLOCKED
