"""CPU time and memory are read from outside, where no student's code can turn the clock."""

import os
import signal
import subprocess
import sys
import time

import pytest

from grader.sandbox import clock

BURN = "import time\nend = time.process_time() + {s}\nwhile time.process_time() < end: pass\n"


@pytest.fixture
def child():
    """A child that says when it is ready and waits."""
    started = []

    def start(text):
        process = subprocess.Popen(
            [sys.executable, "-c", text + "\nprint('ready', flush=True)\nimport sys; sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        started.append(process)
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_cpu_time_counts_work_and_not_waiting(child):
    """A fifth of a second of work shows; the time since then does not."""
    pid = child(BURN.format(s=0.2))
    before = clock.process_cpu_s(pid)
    assert 0.2 <= before < 2
    time.sleep(0.1)
    assert clock.process_cpu_s(pid) - before < 0.05


def test_a_process_that_has_gone_used_nothing():
    """No error: a worker may end at any moment."""
    assert clock.process_cpu_s(2**22 - 1) == 0
    assert clock.peak_memory_mib(2**22 - 1) == 0
    assert clock.tree_cpu_s(2**22 - 1) == 0


def test_work_given_to_children_is_found(child):
    """Work done in a child counts while it lives and after it was reaped."""
    text = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN.format(s=0.3)!r}])\n"
    child(text)
    assert clock.tree_cpu_s(os.getpid()) >= 0.3


def test_memory_of_a_tree_is_seen(child):
    """60 MiB in a child are seen from outside, at their peak as well."""
    pid = child("x = bytearray(60 << 20)")
    assert clock.peak_memory_mib(pid) > 60
    assert clock.tree_memory_mib(os.getpid()) > 60


def test_memory_of_a_process_that_hides_is_seen():
    """Who may not be looked into is counted by what the kernel tells everybody. Only another user is kept out, so the reader is one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    reading, writing = os.pipe()
    hoarder = os.fork()
    if hoarder == 0:
        hoard = bytearray(b"x" * (60 << 20))
        os.write(writing, b"x")
        signal.pause()
        os._exit(len(hoard))
    os.read(reading, 1)
    reader = os.fork()
    if reader == 0:
        os.setresuid(60_999, 60_999, 60_999)
        os._exit(clock._proportional_kib(hoarder) < 60 << 10)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1]) == 0
    finally:
        os.kill(hoarder, signal.SIGKILL)
        os.waitpid(hoarder, 0)


def test_a_frozen_tree_does_no_work(child):
    """SIGSTOP to the tree stops it; SIGCONT lets it run again."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        if os.fork() == 0:
            while True:
                pass
        os.write(writing, b"x")
        signal.pause()
    os.read(reading, 1)
    try:
        clock.signal_tree(pid, signal.SIGSTOP)
        time.sleep(0.02)
        before = clock.tree_cpu_s(pid)
        time.sleep(0.1)
        assert clock.tree_cpu_s(pid) - before < 0.01
        clock.signal_tree(pid, signal.SIGCONT)
        time.sleep(0.2)
        assert clock.tree_cpu_s(pid) - before > 0.01
    finally:
        clock.signal_tree(pid, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_threads_are_counted():
    """A zygote with a second thread is refused: this is how it is seen."""
    assert clock.thread_count(os.getpid()) >= 1


def test_a_tree_that_keeps_forking_is_stopped_whole(child):
    """When `stop_tree` returns nothing below runs, what was started meanwhile included."""
    pid = child("import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        while True: time.process_time()\n")
    clock.stop_tree(os.getpid())
    before = clock.tree_cpu_s(os.getpid())
    time.sleep(0.1)
    assert clock.tree_cpu_s(os.getpid()) == before
    assert len(clock.tree(pid)) == 8
    clock.signal_tree(os.getpid(), signal.SIGKILL)


def test_no_crumb_of_a_reaped_child_is_lost(child):
    """The kernel tells ended children's time in whole ticks, rounded down: here it is never less than was used."""
    crumb = BURN.format(s=0.004)
    pid = child(
        f"import os\nfor _ in range(3):\n    if os.fork() == 0:\n        {crumb.replace(chr(10), chr(10) + '        ').strip()}\n        os._exit(0)\n    os.wait()\n"
    )
    assert sum(clock.tree(pid).values(), ()) == ()
    assert any(clock.tree(os.getpid())[pid])
    assert clock.tree_cpu_s(os.getpid()) - clock.process_cpu_s(pid) >= 0.012
