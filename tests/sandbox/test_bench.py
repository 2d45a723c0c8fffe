"""The reference in a process of its own: it seals, runs and measures, and what fails there is never a student's."""

import os

import pytest
import torch

from grader.errors import HarnessError
from grader.sandbox.bench import Bench
from grader.sandbox.devices import STAND_IN
from grader.worker import placed

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def twice(x, factor=2):
    return factor * x


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_it_runs_what_it_sealed():
    """The sealed arguments that come back open to those that went in, and the reference saw the same."""
    with Bench(STAND_IN, twice) as bench:
        x = torch.rand(5)
        sealed = bench.ask("seal", calls=[[x], [x, 3]], key=7)
        assert torch.equal(placed.opened(sealed[0], 7, torch.device("cpu"))[0], x)
        first, second = bench.ask("run", key=7)
        assert torch.equal(first, 2 * x)
        assert torch.equal(second, 3 * x)


def test_it_measures_the_device():
    """Bytes and operations a second, the time of a flush, and nothing about a processor's memory."""
    with Bench(STAND_IN, twice) as bench:
        bytes_a_s, operations_a_s = bench.ask("peaks")
        assert 1e8 < bytes_a_s < 1e13
        assert 1e8 < operations_a_s < 1e14
        assert 0 < bench.ask("flush") < 5
        assert bench.ask("memory_mib") == [0, 0]


def test_a_broken_reference_is_the_harnesss_fault():
    """Told with what it raised; the process answers on."""
    with Bench(STAND_IN, lambda x: x.nothing) as bench:
        bench.ask("seal", calls=[[torch.ones(1)]], key=1)
        with pytest.raises(HarnessError, match=r"at run: AttributeError"):
            bench.ask("run", key=1)
        with pytest.raises(HarnessError, match="TypeError: a timed call takes tensors"):
            bench.ask("seal", calls=[[[1]]], key=1)
        assert bench.ask("flush") > 0


def test_one_that_dies_is_told_and_nothing_is_left():
    """The process is gone when the bench is closed, also where it ended by itself."""
    with Bench(STAND_IN, lambda x: os._exit(3)) as bench:
        bench.ask("seal", calls=[[torch.ones(1)]], key=1)
        with pytest.raises(HarnessError, match="ended at run"):
            bench.ask("run", key=1)
        pid = bench._pid
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
