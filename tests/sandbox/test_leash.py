"""A worker on its leash: each limit is held from outside, whatever the code behind it does."""

import re
import time
from pathlib import Path

import pytest
import torch

from grader.errors import HarnessError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox import rooms
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.clock import CORES
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student

pytestmark = pytest.mark.slow

BACKENDS = [backend for backend in Backend if probe(backend) is None]
LIMITS = Limits(cpu_s=0.5, wall_s=1.5, memory_mib=1024, output_mib=1, disk_mib=8)
PATIENCE_S = 4.0  # what a limit may be late on a busy machine
TEXT = '''
import os, random, signal, stat, struct, subprocess, sys, threading, time
import torch

KEPT = []


def echo(x):
    return x


def roll():
    return [random.random(), float(torch.rand(1))]


def burn(s):
    end = time.process_time() + s
    while time.process_time() < end:
        pass
    return s


def burn_in_a_child(s):
    child = os.fork()
    if child == 0:
        burn(s)
        os._exit(0)
    os.waitpid(child, 0)
    return s


def loop():
    while True:
        pass


def loop_in_a_child():
    if os.fork() == 0:
        loop()
    time.sleep(3600)


def background():
    if os.fork() == 0:
        loop()
    return os.getpid()


def sleep(s):
    time.sleep(s)
    return s


def say(count):
    for _ in range(count):
        print("x" * 1023)
    return count


def say_forever():
    while True:
        os.write(2, b"x" * 4096)


def hoard(mib):
    KEPT.append(bytearray(os.urandom(1 << 20)) * mib)
    return mib


def leave(code):
    os._exit(code)


def abort():
    os.abort()


def line():
    """Return the descriptor of the line to the judge."""
    return next(fd for fd in range(3, 256) if is_socket(fd))


def is_socket(fd):
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False


def drip(header, pause_s):
    """Announce an answer and send it byte by byte, for ever."""
    os.write(line(), struct.pack("<4sIQ", b"GRD1", header, 1 << 20))
    while True:
        os.write(line(), b"x")
        time.sleep(pause_s)


def hide_time(s):
    """Burn CPU time in children whose end is to be ignored, so that no parent has it in its account."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    until = time.monotonic() + s
    while time.monotonic() < until:
        if os.fork() == 0:
            burn(0.02)
            os._exit(0)
        time.sleep(0.021)
    return s


def burn_in_threads(s, count):
    """Burn CPU time on several cores at once: torch lets go of the interpreter."""
    x = torch.ones(400, 400)
    def work():
        end = time.thread_time() + s
        while time.thread_time() < end:
            x @ x
    threads = [threading.Thread(target=work) for _ in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def burn_to(s):
    """Answer when this much of the test's CPU time is used, a moment before the judge looks."""
    end = time.process_time() + s
    while time.process_time() < end:
        pass


def deaf():
    """Swallow and ignore whatever can be."""
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except OSError:
            pass
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def hoard_in_children(count, mib):
    """Hold memory in children, each less than a process may have."""
    for _ in range(count):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1 << 20)) * mib
            time.sleep(60)
    time.sleep(60)


def lose_a_child(count, mib):
    """Answer as if nothing were, after the kernel has ended children for their memory."""
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            kept = bytearray(os.urandom(1 << 20)) * mib
            time.sleep(1)
            os._exit(0)
        children.append(child)
    return [os.waitpid(child, 0)[1] for child in children]


def write(files, mib):
    """Write files of so many MiB each; no single one passes a limit."""
    for number in range(files):
        with open(os.path.join(os.environ["TMPDIR"], str(number)), "wb") as file:
            file.write(bytes(mib << 20))
    return files


def write_unseen(files, mib):
    """Write files that have no name any more."""
    for number in range(files):
        file = open(os.path.join(os.environ["TMPDIR"], "x"), "wb")
        KEPT.append(file)
        os.unlink(file.name)
        file.write(bytes(mib << 20))
        file.flush()
    return files


def touch(files):
    for number in range(files):
        os.mknod(os.path.join(os.environ["TMPDIR"], str(number)))
    return files


def dig(depth):
    """Make folders in folders, deeper than a path can say."""
    os.chdir(os.environ["TMPDIR"])
    for _ in range(depth):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    return depth


def breed(count):
    for _ in range(count):
        if os.fork() == 0:
            time.sleep(60)
    return count


def announce(header, blob):
    os.write(line(), struct.pack("<4sIQ", b"GRD1", header, blob))
    time.sleep(3600)
'''


@pytest.fixture(scope="module", params=BACKENDS)
def box(request):
    """One warm box, as a judge keeps it."""
    with Box(request.param, hidden=[], disk_mib=LIMITS.disk_mib) as box:
        yield box


@pytest.fixture
def start(box):
    """A function that starts a worker of a wiped box."""
    box.wipe()
    started = []

    def start(text=TEXT, **limits):
        own = Limits(**{**vars(LIMITS), **limits})
        worker = Worker(box, {"op": "load", "name": "toy", "module": text, "given": None}, task=None, limits=own, tests=5)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.close()


@pytest.fixture
def worker(start):
    """A worker in its first test."""
    worker = start()
    worker.begin(1)
    return worker


def fails(worker, verdict, name, *args):
    """Call what must end the worker with this verdict, within its limits; return the failure."""
    began = time.monotonic()
    with pytest.raises(Failure) as told:
        getattr(Student(worker), name)(*args)
    assert told.value.verdict is verdict, told.value
    assert time.monotonic() - began < LIMITS.wall_s + PATIENCE_S
    assert not worker.alive
    return told.value


def test_values_cross(worker):
    """Arrays of some size, both ways."""
    x = torch.arange(1 << 18, dtype=torch.float64)
    assert torch.equal(Student(worker).echo(x), x)
    assert worker.last_call == "echo(float64 (262144,))"


@pytest.mark.parametrize("name", ["loop", "loop_in_a_child"])
def test_cpu_time_is_limited(start, name):
    """An endless loop ends at the CPU limit, long before the wall limit; one in a child counts as well."""
    worker = start(wall_s=20)
    worker.begin(1)
    failure = fails(worker, Verdict.TIMEOUT, name)
    assert failure.message == "Your code used more than the 0.5 s of CPU time that a test may use."


def test_what_was_used_is_told_beside_the_limit(worker):
    """The message, which a hidden test shows, has the limit; a public test and the instructor read the figure."""
    failure = fails(worker, Verdict.TIMEOUT, "loop")
    told = re.fullmatch(r"It used (\d\.\d) s\.", failure.shown)
    assert told, failure.shown
    assert 0.5 <= float(told[1]) < 1.5
    assert failure.detail == failure.shown


@pytest.mark.parametrize(("name", "args"), [("deaf", ()), ("hide_time", (30,))])
def test_cpu_time_cannot_be_kept_from_the_account(start, name, args):
    """By swallowing every exception and ignoring every signal; by children that nobody waits for."""
    worker = start(wall_s=20)
    worker.begin(1)
    assert "of CPU time" in fails(worker, Verdict.TIMEOUT, name, *args).message


def test_an_answer_at_the_limit_is_weighed_by_what_it_used(start):
    """Over the limit it is late though it came between two looks of the judge; under it, it is in time. Each of several times."""
    for seed, (spent_s, late) in enumerate([(0.52, True), (0.4, False), (0.505, True)]):
        worker = start(wall_s=20)
        worker.begin(seed)
        used_s = worker.usage().cpu_s
        if late:
            with pytest.raises(Failure, match="of CPU time"):
                Student(worker).burn_to(spent_s)
        else:
            Student(worker).burn_to(spent_s - used_s)
        worker.close()


@pytest.mark.skipif(CORES < 2, reason="needs two cores")
def test_time_on_several_cores_adds_up(start):
    """Two threads use a limit in half the time: the clock on the wall alone would see nothing."""
    worker = start(cpu_s=0.5, wall_s=20)
    worker.begin(1)
    with pytest.raises(Failure, match="of CPU time"):
        Student(worker).burn_in_threads(0.3, 2)


def test_many_calls_share_one_limit(worker):
    """A test that asks often gets no more time for it."""
    student = Student(worker)
    with pytest.raises(Failure) as told:
        for _ in range(60):
            student.burn(0.03)
    assert told.value.verdict is Verdict.TIMEOUT


def test_each_test_has_its_own_limits(worker):
    """Time of earlier tests does not count, their children's neither."""
    student = Student(worker)
    for n in range(4):
        worker.begin(n)
        assert student.burn_in_a_child(0.3) == 0.3
        worker.begin(n)
        assert student.sleep(0.5) == 0.5  # long enough for the limit to be looked at


def test_waiting_is_limited_too(worker):
    """What uses no CPU ends at the wall limit."""
    assert fails(worker, Verdict.TIMEOUT, "sleep", 3600).message == "Your code did not answer within 1.5 s."


def test_the_judges_own_time_is_not_the_students(worker):
    """However long the reference takes between two calls, an answer in time is in time; the student's own waits add up."""
    student = Student(worker)
    time.sleep(LIMITS.wall_s + 0.2)
    assert student.sleep(0.2) == 0.2
    with pytest.raises(Failure, match="did not answer within"):
        for _ in range(8):
            student.sleep(0.4)


@pytest.mark.parametrize("pause_s", [0.002, 0.02])
def test_an_answer_that_drips_does_not_outlast_the_limit(worker, pause_s):
    """Always a byte ready and never an answer: the clock is looked at all the same."""
    fails(worker, Verdict.TIMEOUT, "drip", 200_000, pause_s)


def test_an_announced_size_alone_holds_nobody(worker):
    """The largest allowed answer is announced and never sent."""
    fails(worker, Verdict.TIMEOUT, "announce", 1000, 1 << 28)


@pytest.mark.parametrize(("header", "blob"), [(1 << 30, 0), (10, 1 << 60)])
def test_an_impossible_size_is_forged(worker, header, blob):
    """Beyond the caps nothing is waited for."""
    fails(worker, Verdict.FORGED, "announce", header, blob)


def test_output_is_limited(worker):
    """Printing is fine until it is too much; the call still comes back while the judge drains."""
    assert Student(worker).say(900) == 900
    assert worker.alive
    assert fails(worker, Verdict.OUTPUT, "say_forever").message == "Your code printed more than the 1 MiB that a test may print."


def test_output_of_each_test_counts_for_itself(worker):
    """Three tests of more than half the limit each."""
    for n in range(3):
        worker.begin(n)
        assert Student(worker).say(600) == 600


def test_memory_is_limited(start):
    """Far more than allowed: by the kernel or by the judge, the verdict is the same."""
    worker = start(cpu_s=5, wall_s=10)
    worker.begin(1)
    with pytest.raises(Failure) as told:
        for _ in range(40):
            Student(worker).hoard(100)
    assert told.value.verdict is Verdict.MEMORY


@pytest.fixture(scope="module", params=[(backend, groups) for backend in BACKENDS for groups in (True, False)], ids=str)
def small_box(request):
    """A box whose memory the kernel holds where it can, and one that the judge watches."""
    backend, groups = request.param
    with Box(backend, hidden=[], disk_mib=LIMITS.disk_mib, groups=Path("/") if groups else None) as box:
        if groups and box.group is None:
            pytest.skip("no control group can be made here")
        yield box


def test_memory_of_all_processes_is_limited_together(small_box):
    """Each holds less than one may; together they hold more. The zygote survives, and the next test is answered."""
    limits = Limits(cpu_s=10, wall_s=20, memory_mib=768, disk_mib=8)
    zygote = small_box.zygote_pid
    for _ in range(2):
        worker = Worker(small_box, {"op": "load", "name": "toy", "module": TEXT, "given": None}, task=None, limits=limits, tests=5)
        worker.begin(1)
        with pytest.raises(Failure) as told:
            Student(worker).hoard_in_children(12, 90)
        assert told.value.verdict is Verdict.MEMORY
        assert told.value.message == "Your code used more than the 768 MiB of memory that a test may use."
        held_mib = int(re.match(r"It held ([\d,]+) MiB", told.value.shown)[1].replace(",", ""))
        assert 700 < held_mib < 12 * 150  # at most what all twelve take; how soon the watcher sees it hangs on the load
    small_box.wipe()
    assert small_box.zygote_pid == zygote


def test_a_memory_kill_is_never_hidden_by_an_answer(small_box):
    """The kernel ended a child of it; the answer of its parent changes nothing."""
    if small_box.group is None:
        pytest.skip("without a group nothing is killed but by the judge")
    limits = Limits(cpu_s=10, wall_s=20, memory_mib=768, disk_mib=8)
    worker = Worker(small_box, {"op": "load", "name": "toy", "module": TEXT, "given": None}, task=None, limits=limits, tests=5)
    worker.begin(1)
    with pytest.raises(Failure) as told:
        Student(worker).lose_a_child(12, 90)
    assert told.value.verdict is Verdict.MEMORY
    assert not worker.alive


@pytest.mark.parametrize(("name", "args"), [("write", (12, 1)), ("write_unseen", (12, 1))])
def test_disk_is_limited_in_all(start, box, name, args):
    """Files that are each small enough, and files that were removed and are open: together they are too much."""
    worker = start(cpu_s=5, wall_s=10)
    worker.begin(1)
    assert getattr(Student(worker), name)(7, 1) == 7
    with pytest.raises(Failure) as told:
        getattr(Student(worker), name)(*args)
    assert told.value.verdict is Verdict.DISK
    assert "8 MiB" in told.value.message
    assert re.search(r"(wrote|written) (7|8|9|1\d)\.\d MiB in ", told.value.shown), told.value.shown


def test_files_are_limited_in_number(start, monkeypatch):
    """Empty ones fill no disk and take the kernel's memory."""
    monkeypatch.setattr(rooms, "MOST_FILES", 500)
    worker = start(cpu_s=5, wall_s=10)
    worker.begin(1)
    assert Student(worker).touch(400) == 400
    with pytest.raises(Failure) as told:
        Student(worker).dig(120)
        while True:  # the more there is to count, the less often it is
            Student(worker).sleep(0.1)
    assert told.value.verdict is Verdict.DISK
    assert told.value.message == "Your code made more than the 500 files that a test may make."


def test_what_cannot_be_named_is_wiped_all_the_same(start, box):
    """Folders deeper than a path can say: the verdict is the disk's, the box is as new, and no fault of the harness."""
    worker = start(cpu_s=5, wall_s=10)
    worker.begin(1)
    if box.backend is Backend.LANDLOCK:
        fails(worker, Verdict.DISK, "dig", 1500)
    else:
        assert Student(worker).dig(1500) == 1500
        worker.close()
        box.wipe()
    second = start()
    second.begin(1)
    assert Student(second).write(2, 1) == 2


def test_processes_are_limited(start):
    """The kernel refuses one more; the sentence has the limit and how many there were."""
    worker = start(processes=12)
    worker.begin(1)
    with pytest.raises(Failure) as told:
        Student(worker).breed(60)
    assert told.value.verdict is Verdict.PROCESSES
    assert told.value.message.endswith("It may run 12 at once.")
    ran = int(re.match(r"It ran (\d+)\.", told.value.shown)[1])
    assert 10 <= ran <= 17


@pytest.mark.parametrize(
    ("name", "args", "how"), [("leave", (0,), "exit code 0"), ("leave", (3,), "exit code 3"), ("abort", (), "SIGABRT")]
)
def test_a_worker_that_ends_itself_is_told(worker, name, args, how):
    """With how it ended; an exit code of 0 is no answer either."""
    assert how in fails(worker, Verdict.RAISED, name, *args).message


def test_a_dead_worker_is_not_asked(worker):
    """Calling it is the judge's mistake, never the student's; closing it again is no fault."""
    fails(worker, Verdict.RAISED, "leave", 1)
    with pytest.raises(HarnessError, match="has ended"):
        worker.ask({"op": "get", "on": None, "path": "KEPT"})
    with pytest.raises(HarnessError, match="has ended"):
        worker.begin(2)
    worker.close()


def test_another_worker_starts_in_the_same_box(start):
    """After one that was killed, and sees nothing of it."""
    first = start()
    first.begin(1)
    fails(first, Verdict.TIMEOUT, "loop")
    second = start()
    second.begin(1)
    assert Student(second).get("KEPT") == []


def test_what_a_grader_cannot_send_is_its_own_fault(worker):
    """A function as an argument is no failure of the student, and the worker lives on."""
    with pytest.raises(HarnessError, match="cannot cross"):
        Student(worker).echo(print)
    assert Student(worker).echo(1) == 1


def test_usage_is_sensible(worker):
    """CPU below wall, both above what was burnt, memory of a Python with torch; a new test starts from nothing."""
    Student(worker).burn(0.2)
    used = worker.usage()
    assert 0.2 <= used.cpu_s < 0.5
    assert used.cpu_s <= used.wall_s + 0.01 < LIMITS.wall_s
    assert 20 < used.memory_mib < 1024
    worker.begin(2)
    assert worker.usage().cpu_s < 0.1
    assert worker.usage().wall_s < 0.5


def test_usage_of_a_dead_worker_is_what_it_had_used(worker):
    """A test that timed out is reported with its time, also later."""
    fails(worker, Verdict.TIMEOUT, "loop")
    used = worker.usage()
    assert used.cpu_s >= 0.4
    assert worker.usage() == used


def test_frozen_processes_do_nothing(start):
    """A loop in the background neither runs nor counts until it is let go; the worker answers afterwards."""
    worker = start(cpu_s=20, wall_s=20)
    worker.begin(1)
    Student(worker).background()
    time.sleep(0.1)
    worker.freeze()
    time.sleep(0.05)
    before = worker.cpu_s()
    assert before > 0
    time.sleep(0.2)
    assert worker.cpu_s() - before < 0.01
    worker.thaw()
    time.sleep(0.2)
    assert worker.cpu_s() - before > 0.02
    assert Student(worker).echo(5) == 5


def test_a_frozen_worker_that_is_closed_ends(start):
    """A test that fails between freeze and thaw leaves nothing standing."""
    worker = start()
    worker.begin(1)
    worker.freeze()
    worker.close()
    other = start()
    other.begin(1)
    assert Student(other).echo(1) == 1


def test_seeds_are_the_tests(start):
    """The same seed, the same numbers, in any worker."""
    rolls = []
    for seed in (7, 7, 8):
        worker = start()
        worker.begin(seed)
        rolls.append(Student(worker).roll())
        worker.close()
    assert rolls[0] == rolls[1]
    assert rolls[0] != rolls[2]


def test_a_module_that_does_not_import_fails_every_test(start):
    """It is not imported again, and each test is told the same."""
    worker = start("import torch\n\n1 / 0\n")
    for n in range(3):
        with pytest.raises(Failure, match="does not import: ZeroDivisionError at line 3") as told:
            worker.begin(n)
        assert told.value.verdict is Verdict.INVALID
    assert worker.alive


def test_an_import_has_the_limits_of_a_test(start):
    """A loop at the top of a file ends like one in a function."""
    worker = start("while True:\n    pass\n")
    with pytest.raises(Failure) as told:
        worker.begin(1)
    assert told.value.verdict is Verdict.TIMEOUT
    assert not worker.alive


def test_a_worker_that_forges_is_ended(start):
    """It may wait for an answer to what it was never asked for; the next call would be that answer."""
    worker = start(
        "import struct, os, stat\n\n\ndef forge():\n    for fd in range(3, 64):\n        try:\n            if stat.S_ISSOCK(os.fstat(fd).st_mode):\n                os.write(fd, struct.pack('<4sIQ', b'GRD1', 1, 0) + b'\\x01')\n        except OSError:\n            pass\n"
    )
    worker.begin(1)
    with pytest.raises(Failure) as told:
        Student(worker).forge()
    assert told.value.verdict is Verdict.FORGED
    assert not worker.alive
