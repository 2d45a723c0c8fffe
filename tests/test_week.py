"""A week of a term, from the release to the letters, by the commands that people type."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_week_is_played_through(tmp_path: Path) -> None:
    """Every step of the script is as it must be; what it plays lies in its folder."""
    if not Path("/usr/bin/chromium").exists():
        (pytest.fail if os.environ.get("GRADER_TESTS_NEED_ALL") else pytest.skip)("no Chromium is installed")
    script = Path(__file__).with_name("week.py")
    done = subprocess.run([sys.executable, script, tmp_path / "week"], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in all" in done.stdout
    assert (tmp_path / "week" / "class.html").stat().st_size > 10_000
