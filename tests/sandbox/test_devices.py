"""What a box is told of a device, and what is told where there is none. Of CUDA only what needs no GPU is tested."""

import os
import subprocess
import sys

import pytest
import torch

from grader.errors import CourseError
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.devices import STAND_IN, Cuda, accelerator, holders, require
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student
from grader.submitted import device_limits

BACKENDS = [backend for backend in Backend if probe(backend) is None]
TEXT = """
import os, resource


def told():
    return [os.environ.get("CUDA_VISIBLE_DEVICES", ""), os.environ.get("TRITON_CACHE_DIR", ""),
            resource.getrlimit(resource.RLIMIT_AS)[0], os.path.isdir("/sys/devices/system/cpu")]
"""


def test_devices_are_known_by_name():
    """The processor is no accelerator; a name that nobody knows is an error."""
    assert accelerator("cpu") is None
    assert accelerator("cuda") == Cuda()
    assert accelerator("stand-in") is STAND_IN
    with pytest.raises(KeyError):
        accelerator("cuda:7")


def test_cuda_is_the_first_visible_device(monkeypatch):
    """By number its own file alone is let in; by UUID nobody can tell which it is."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    assert "/dev/nvidia3" in Cuda().nodes()
    assert "/dev/nvidia1" not in Cuda().nodes()
    assert Cuda().environment("/tmp")["CUDA_VISIBLE_DEVICES"] == "3"
    options = Cuda().bubblewrap()
    assert options[options.index("/dev/nvidia3") - 1] == "--dev-bind-try"
    assert options[options.index("/sys/devices") - 1] == "--ro-bind-try"
    assert not any(word.startswith("/proc") for word in options)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-8932f937")
    assert Cuda().slot == "GPU-8932f937"
    assert "/dev/nvidiactl" in Cuda().nodes()


def test_caches_stay_in_the_room():
    """What CUDA, Triton and Inductor would write into a home goes into the box's room, or nowhere."""
    told = Cuda().environment("/room")
    assert told["CUDA_CACHE_DISABLE"] == "1"
    assert all(told[name].startswith("/room/") for name in ("TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR"))


@pytest.mark.skipif(torch.cuda.device_count() > 0, reason="there is a GPU here")
def test_an_absent_device_is_told_with_the_next_step():
    """What torch says, that nothing was written, and two commands."""
    with pytest.raises(CourseError, match="There is no cuda device") as told:
        require(Cuda(), "toy")
    assert "Nothing was written" in str(told.value)
    assert "`grader grade toy`" in str(told.value)
    require(STAND_IN, "toy")
    require(None, "toy")


def test_who_holds_a_file_open_is_found(tmp_path):
    """Another process is, one that is known is not, nor one that let go."""
    path = tmp_path / "node"
    path.touch()
    program = f"import sys; f = open({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-I", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"open\n"
        assert holders([str(path)], [os.getpid()]) == [holder.pid]
        assert holders([str(path)], [holder.pid]) == []
        holder.stdin.close()
    assert holders([str(path)], []) == []


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_box_starts_with_a_device_that_is_absent_and_only_its_own_workers_see_it(backend):
    """A worker on the device has its variables and no address limit; another worker of the same box has neither."""
    with Box(backend, hidden=[], accelerator=Cuda()) as box:
        found = {}
        for device in (True, False):
            limits = device_limits(box_limits(), Cuda()) if device else box_limits()
            load = {"op": "load", "name": "toy", "module": TEXT, "given": None}
            worker = Worker(box, load, task=None, limits=limits, tests=1, device=device)
            worker.begin(1)
            found[device] = Student(worker).told()
            worker.close()
    visible, cache, addresses, topology = found[True]
    assert (visible, addresses, topology) == (Cuda().slot, -1, True)
    assert cache.endswith("/triton_cache_dir")
    assert found[False][:3] == ["", "", box_limits().memory_mib << 20]


def box_limits():
    from grader.limits import Limits

    return Limits(cpu_s=5, wall_s=20)
