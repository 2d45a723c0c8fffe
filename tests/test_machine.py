"""Claims about what this machine is asked, and how: for real, and without what one system alone has."""

import subprocess
import sys

import numpy
import pytest

from grader import machine
from grader.machine import Torch


def test_the_interpreter_is_this_one():
    """Version and place are those of the running Python."""
    found = machine.interpreter()
    assert found.version == sys.version_info[:3]
    assert found.is_virtual == (sys.prefix != sys.base_prefix)


def test_versions_are_read_without_an_import():
    """Of what is not installed there is no version."""
    assert machine.versions(["numpy", "no-such-package"]) == {"numpy": numpy.__version__, "no-such-package": None}


def test_torch_tells_its_build_and_its_devices():
    """A CPU build has no device and no trouble."""
    import torch

    found = machine.installed_torch()
    assert found.version == torch.__version__
    assert (found.build == "CPU") == (torch.version.cuda is None and torch.version.hip is None)
    assert len(found.devices) == (torch.cuda.device_count() if torch.cuda.is_available() else 0)


def test_a_torch_that_does_not_load_is_told_with_the_reason(tmp_path):
    """A broken library is a finding, not a crash."""
    (tmp_path / "torch.py").write_text("raise OSError('libcudart.so.12: cannot open shared object file')\n")
    script = "from grader.machine import installed_torch, speed_factor; print(installed_torch()); print(speed_factor())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert str(Torch(version=None, trouble="OSError: libcudart.so.12: cannot open shared object file")) in done.stdout
    assert done.stdout.endswith("None\n")


def test_the_speed_is_measured_on_one_thread_and_leaves_the_others_as_they_were():
    """A factor between a toy computer and one of the future; torch computes with as many threads as before."""
    import torch

    threads = torch.get_num_threads()
    assert 0.01 < machine.speed_factor() < 100
    assert torch.get_num_threads() == threads


def test_unknown_zones():
    """A zone without data is named, also one that is no name at all."""
    assert machine.unknown_zones(["UTC", "Mars/Olympus", "../etc"]) == ("Mars/Olympus", "../etc")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="no sandbox elsewhere")
def test_each_sandbox_is_started_for_real(toy_course):
    """Each back-end either has a box ready or tells why not, as the back-end itself says."""
    from grader.sandbox.backend import Backend, probe

    found = machine.sandboxes([toy_course.root / "solutions"])
    assert [sandbox.backend for sandbox in found] == list(Backend)
    for sandbox in found:
        refusal = probe(Backend(sandbox.backend))
        assert sandbox.trouble == (refusal.reason if refusal else "")
        assert (sandbox.ready_s > 0.05) == (refusal is None)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="no sandbox elsewhere")
def test_a_course_that_student_code_could_read_is_a_trouble():
    """The box starts as grading starts it: what must be hidden and is not keeps it from starting."""
    from pathlib import Path

    started = [sandbox for sandbox in machine.sandboxes([Path(sys.prefix) / "lib"]) if "may read" in sandbox.trouble]
    assert started or all(sandbox.trouble for sandbox in machine.sandboxes())
