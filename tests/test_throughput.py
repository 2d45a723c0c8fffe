"""The benchmark's forty submissions get fair marks; how long that takes is measured by hand, on a quiet machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("benchmarks") / "throughput.py"


@pytest.mark.slow
def test_forty_fair_marks():
    """Twenty-eight correct ones, nine wrong ones, an endless loop, an exit and a flood: each loses what it deserves, and no more."""
    done = subprocess.run([sys.executable, str(PROGRAM), "--ours-alone", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["submissions"], said["fair_marks"]) == (40, 40)
    assert said["floor_cpu_s"] > 0
    assert said["overhead_cpu_s"] > 0
