"""What a student is told of a limit: what it was and what was used; in hidden tests nothing that could carry an input."""

import pytest

from grader.limits import Limits
from grader.result import Failure, LateFailure, Verdict
from grader.sandbox import excess

LIMITS = Limits(cpu_s=2, wall_s=10, memory_mib=1024, output_mib=8, processes=32, disk_mib=64)
MIB = 1 << 20


@pytest.mark.parametrize(
    ("failure", "verdict", "message", "used"),
    [
        (excess.cpu(2.31, LIMITS), Verdict.TIMEOUT, "Your code used more than the 2 s of CPU time that a test may use.", "It used 2.3 s."),
        (excess.wall(10.04, 0.12, LIMITS), Verdict.TIMEOUT, "Your code did not answer within 10 s.", "It had 10.0 s and used 0.1 s of CPU time."),
        (excess.memory(1310.2, LIMITS), Verdict.MEMORY, "Your code used more than the 1,024 MiB of memory that a test may use.", "It held 1,310 MiB."),
        (excess.output(9 * MIB, LIMITS), Verdict.OUTPUT, "Your code printed more than the 8 MiB that a test may print.", "It had printed 9.0 MiB when it was stopped."),
        (excess.disk(70 * MIB, 3, 100, LIMITS), Verdict.DISK, "Your code wrote more than the 64 MiB to disk that a test may write.", "It wrote 70.0 MiB in 3 files."),
        (excess.disk(MIB, 101, 100, LIMITS), Verdict.DISK, "Your code made more than the 100 files that a test may make.", "It wrote 1.0 MiB in more than 100 files."),
    ],
)  # fmt: skip
def test_each_limit_tells_itself_and_what_was_used(failure, verdict, message, used):
    """The limit in the message that a hidden test shows; the figure where a public test and the instructor read."""
    assert (failure.verdict, failure.message, failure.shown, failure.detail) == (verdict, message, used, used)


def test_the_kernels_kill_is_told_as_memory():
    """With the limit as what was held, for that is when the kernel acts."""
    failure = excess.killed_for_memory(LIMITS)
    assert failure.verdict is Verdict.MEMORY
    assert failure.shown == "It held 1,024 MiB and asked for more, so the kernel ended it."


def test_a_hidden_message_has_four_forms_whatever_was_used():
    """A program that holds as much memory as its hidden input says brings out less than its verdict does."""
    told = {excess.memory(used_mib, LIMITS).message for used_mib in range(1025, 40_000, 7)}
    assert len(told) == 4
    assert excess.memory(2100, LIMITS).message == "Your code used more than twice the 1,024 MiB of memory that a test may use."
    assert {excess.disk(size * MIB, files, 100, LIMITS).message for size in range(65, 2000, 9) for files in (1, 50)} == {
        f"Your code wrote more than {much}the 64 MiB to disk that a test may write." for much in ("", "twice ", "five times ", "ten times ")
    }


@pytest.mark.parametrize(
    ("verdict", "limit", "used"),
    [
        (Verdict.MEMORY, "A test may use 1,024 MiB.", "It had 990 MiB of addresses already"),
        (Verdict.DISK, "It may write 64 MiB.", "It had written 63.0 MiB in 2 files."),
        (Verdict.PROCESSES, "It may run 32 at once.", "It ran 33."),
    ],
)
def test_what_the_kernel_refused_is_told_with_its_limit(verdict, limit, used):
    """Beside what the worker says itself; the student's own text stays out of the hidden message."""
    said = Failure(verdict, "Your code asked for too much at line 3.", shown="its text", detail="its text")
    failure = excess.refused(said, LIMITS, held_mib=990.4, written=(63 * MIB, 2), tasks=33)
    assert failure.message == f"Your code asked for too much at line 3. {limit}"
    assert failure.shown.startswith(used)
    assert failure.shown.endswith("its text")
    assert failure.detail == failure.shown
    assert verdict in excess.REFUSED


def test_waiting_alone_is_asked_again():
    """What waited may have waited for the machine; what used its CPU time has used it."""
    assert isinstance(excess.wall(10, 0.1, LIMITS), LateFailure)
    assert not isinstance(excess.cpu(3, LIMITS), LateFailure)
