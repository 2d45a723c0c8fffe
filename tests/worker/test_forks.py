"""A process that was settled forks for less, and keeps what it had."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, resource
from grader.worker import forks
kept = [str(i) * 20 for i in range(400_000)]

def cost():
    before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    for _ in range(30):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if kept[399_999] == "399999" * 20 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before

def huge():
    return int(open("/proc/self/smaps_rollup").read().split("AnonHugePages:")[1].split()[0])

dear = cost()
forks.settle(forks.open_map())
print(huge(), dear, cost())
"""


@pytest.mark.slow
def test_forks_of_a_settled_process_are_cheap_and_whole() -> None:
    """Huge pages hold its memory, a fork costs less processor time than before, and reads what was there."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env={**os.environ})
    huge_kib, dear_s, cheap_s = map(float, done.stdout.split())
    if not huge_kib:
        pytest.skip("this kernel collapses no pages")
    assert cheap_s < dear_s


def test_the_map_lists_memory() -> None:
    """It lists the writable memory of this process that is no file's."""
    from grader.worker import forks

    memory_map = forks.open_map()
    regions = list(forks._regions(memory_map))
    assert regions
    assert all(start < end for start, end in regions)
    memory_map.close()
