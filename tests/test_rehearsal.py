"""Claims about running public tests in a process of their own; `workflow/test_check.py` has what hostile code does to it."""

from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.rehearsal import rehearse
from grader.result import Verdict

TESTS = '''
import time

from grader.plugin import kind, task


@task("wait")
class TestWait:
    def test_first(self, student):
        """It answers."""
        assert student.wait() == 1

    @kind("property")
    def test_second(self, student):
        """It stays as it is."""
        assert student.wait() == 1
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_t.py").write_text(TESTS)
    (tmp_path / "t.py").write_text("def wait():\n    return 1\n")
    return tmp_path


@pytest.mark.slow
def test_outcomes_come_in_the_order_of_the_file(folder: Path) -> None:
    """With the part that each belongs to."""
    found = rehearse(folder, "t", folder / "t.py", 5)
    assert [(one.id, one.part, one.verdict) for one in found.outcomes] == [
        ("public::TestWait::test_first", "wait.correctness", Verdict.PASSED),
        ("public::TestWait::test_second", "wait.property", Verdict.PASSED),
    ]


@pytest.mark.slow
def test_tests_that_cannot_run_are_no_student_s_fault(folder: Path) -> None:
    """A damaged test file is told with pytest's words, and is no failure of the module."""
    (folder / "test_t.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(CourseError, match=r"cannot be run[\s\S]*nothing_of_this_name"):
        rehearse(folder, "t", folder / "t.py", 5)
