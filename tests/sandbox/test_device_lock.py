"""One grader at a time holds a device; who waits is told why; nothing that somebody left in the way is followed."""

import os
import subprocess
import sys

import pytest

from grader.errors import HarnessError
from grader.sandbox import device_lock
from grader.sandbox.device_lock import held
from grader.sandbox.devices import STAND_IN

HOLD = """
import sys
from pathlib import Path
from grader.sandbox.device_lock import held
from grader.sandbox.devices import STAND_IN
with held(STAND_IN, folder=Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
NAME = "grader-stand-in-0.lock"


def holder(folder):
    """Return a process that holds the device, until its input ends."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    return process


@pytest.mark.slow
@pytest.mark.parametrize("end", ["lets go", "is killed"])
def test_a_second_grader_waits_and_is_told_once(tmp_path, monkeypatch, end):
    """It begins when the first has ended, however that ended."""
    monkeypatch.setattr(device_lock, "POLL_S", 0.01)
    first = holder(str(tmp_path))
    told = []

    def waiting(sentence):
        told.append(sentence)
        if end == "is killed":
            first.kill()
        first.stdin.close()

    with held(STAND_IN, waiting, tmp_path):
        assert len(told) == 1
        assert "waiting for it" in told[0]
        assert str(tmp_path / NAME) in told[0]
    first.wait()
    first.stdout.close()
    with held(STAND_IN, told.append, tmp_path):
        assert len(told) == 1


def test_the_file_may_be_locked_by_all_and_written_by_nobody_else(tmp_path):
    """Whatever the umask; and it is not locked for the processor."""
    before = os.umask(0o077)
    try:
        with held(STAND_IN, folder=tmp_path):
            assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)
    with held(None, folder=tmp_path / "nowhere"):
        pass


def test_a_link_or_a_pipe_in_its_place_is_refused(tmp_path):
    """Neither followed nor waited for."""
    target = tmp_path / "target"
    target.write_text("kept")
    (tmp_path / NAME).symlink_to(target)
    with pytest.raises(HarnessError, match="cannot be locked"), held(STAND_IN, folder=tmp_path):
        pass
    (tmp_path / NAME).unlink()
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(HarnessError, match="no plain file"), held(STAND_IN, folder=tmp_path):
        pass
    assert target.read_text() == "kept"
