"""A judge's box warms up while the judge does."""

import subprocess
import sys

import pytest

from grader.errors import HarnessError
from grader.runner import JudgeProcess
from grader.sandbox import backend as backends
from grader.sandbox.backend import Backend
from grader.sandbox.box import Box


def test_nothing_heavy_is_imported_before_the_box_is_launched():
    """Importing the module takes neither torch nor pytest: the box would wait for them."""
    script = "import sys, grader.sitting; print(sorted({'torch', 'pytest', 'numpy', 'gymnasium'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_box_that_does_not_start_is_told(tmp_path, monkeypatch):
    """Launched and then awaited, a box whose program fails says what it said, and leaves nothing behind."""
    monkeypatch.setattr(backends, "bubblewrap_command", lambda **_: ["sh", "-c", "echo no such luck >&2; exit 3", "--"])
    box = Box(Backend.BUBBLEWRAP, hidden=[], ready=False)
    with pytest.raises(HarnessError, match="did not start: no such luck"):
        box.await_ready()
    assert box._process.returncode == 3


@pytest.mark.slow
def test_a_topic_that_cannot_be_judged_ends_the_box_too(own_course):
    """Tests that do not collect: the judge says so, and its box is gone."""
    path = own_course.solution_dir("toy") / "test_toy_hidden.py"
    path.write_text("import nowhere\n")
    with JudgeProcess(own_course, "toy", backends.choose()) as judge, pytest.raises(HarnessError, match="nowhere"):
        judge.start()
    left = subprocess.run(["pgrep", "-f", str(own_course.root)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
