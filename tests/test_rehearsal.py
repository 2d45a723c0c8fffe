"""Claims about running public tests in a process of their own, beside code that does to Python what it likes."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from grader.course import Course
from grader.errors import CourseError
from grader.rehearsal import Rehearsal, rehearse
from grader.result import Verdict
from grader.workflow.release import release

pytestmark = pytest.mark.slow

LONGEST_S = 2.0
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


@pytest.fixture(scope="module")
def released(toy_course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the toy, with a time limit that is short."""
    folder = tmp_path_factory.mktemp("releases")
    release(toy_course, ["toy"], folder)
    described = folder / "toy" / "assignment.toml"
    described.write_text(described.read_text(encoding="utf-8").replace("disk_mib = 16", "cpu_s = 1\nwall_s = 2"), encoding="utf-8")
    return folder / "toy"


@pytest.fixture
def folder(released: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(released, tmp_path / "toy"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "test_t.py").write_text(TESTS)
    (tmp_path / "t.py").write_text("def wait():\n    return 1\n")
    return tmp_path


def run(folder: Path, text: str, **more: object) -> Rehearsal:
    (folder / "toy.py").write_text(text, encoding="utf-8")
    return rehearse(folder, "toy", folder / "toy.py", LONGEST_S, output_mib=1, **more)  # type: ignore[arg-type]


def told(rehearsal: Rehearsal) -> set[tuple[str, str]]:
    return {(outcome.verdict.value, outcome.message.splitlines()[0]) for outcome in rehearsal.outcomes}


def test_outcomes_come_in_the_order_of_the_file(small: Path) -> None:
    """With the part that each belongs to."""
    found = rehearse(small, "t", small / "t.py", 5)
    assert [(one.id, one.part, one.verdict) for one in found.outcomes] == [
        ("public::TestWait::test_first", "wait.correctness", Verdict.PASSED),
        ("public::TestWait::test_second", "wait.property", Verdict.PASSED),
    ]


def test_what_ends_python_at_import_is_asked_once(folder: Path) -> None:
    """Every test would say the same, and each would cost a start of Python."""
    began_s = time.monotonic()
    found = run(folder, "import os\nos._exit(3)\n")
    assert len(found.outcomes) == len(found.parts) == 5
    assert [verdict for verdict, _ in told(found)] == ["raised"]
    assert "Your file ended Python itself while it was imported, with exit code 3" in found.outcomes[0].message
    assert time.monotonic() - began_s < 25


def test_a_loop_at_import_is_waited_for_once(folder: Path) -> None:
    """Also one that does not let go when it is stopped."""
    note = "open('imports', 'a').write('x')\n"
    plain = run(folder, note + "while True:\n    pass\n")
    assert told(plain) == {("timeout", "Your code did not answer in time. Is there a loop that does not end?")}
    stubborn = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    found = run(folder, note + stubborn)
    assert (folder / "imports").read_text() == "xx"
    assert told(found) == {
        ("timeout", "Your file did not come to an end in time while it was imported. Is there a loop that does not end?")
    }


def test_a_flood_costs_no_disk(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is counted, not kept, and too much of it is the verdict."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    largest = [0]

    def look(done: int, total: int) -> None:
        sizes = [path.stat().st_size for path in scratch.rglob("*") if path.is_file()]
        largest[0] = max([largest[0], *sizes])

    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    found = run(folder, "def double(x):\n    while True:\n        print('x' * 100_000)\n", tick=look)
    assert {outcome.verdict.value for outcome in found.outcomes if outcome.part.startswith("double")} == {"output"}
    assert largest[0] < 1 << 20
    assert not list(scratch.iterdir())


def test_nothing_is_left_running(folder: Path) -> None:
    """Neither what the student's code started nor a thread that never ends; the run does not wait for them."""
    began_s = time.monotonic()
    text = "import subprocess, threading, time\n\n\ndef double(x):\n"
    text += "    open('pids', 'a').write(f\"{subprocess.Popen(['sleep', '60']).pid}\\n\")\n"
    text += "    threading.Thread(target=time.sleep, args=(60,)).start()\n    return 2 * x\n"
    assert len(run(folder, text).outcomes) == 5
    assert time.monotonic() - began_s < 30
    for pid in (folder / "pids").read_text().split():
        state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout
        assert state.strip() in ("", "Z")


def test_a_students_other_files_do_not_get_in_the_way(folder: Path) -> None:
    """Files called like Python's own, a configuration of pytest and a conftest.py are not what is handed in."""
    (folder / "random.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "conftest.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    assert len(run(folder, "def double(x):\n    return 2 * x\n").outcomes) == 5


def test_a_run_can_be_broken_off(folder: Path) -> None:
    """What `tick` raises ends it at once, with everything that runs."""

    def stop(done: int, total: int) -> None:
        if total:
            raise InterruptedError

    began_s = time.monotonic()
    with pytest.raises(InterruptedError):
        run(folder, f"open({str(folder / 'pid')!r}, 'w').write(str(__import__('os').getpid()))\nwhile True:\n    pass\n", tick=stop)
    assert time.monotonic() - began_s < 15
    if (folder / "pid").is_file():
        with pytest.raises(ProcessLookupError):
            os.kill(int((folder / "pid").read_text()), 0)


def test_a_file_that_is_no_text_says_which_line(folder: Path) -> None:
    """Under plain pytest too, where nobody has read it before."""
    (folder / "toy.py").write_bytes("x = 1\ny = 'ü'\n".encode("latin-1"))
    found = rehearse(folder, "toy", folder / "toy.py", LONGEST_S)
    assert ("invalid", "toy.py: line 2 is not UTF-8. Save the file as UTF-8.") in told(found)


def test_tests_that_cannot_be_run_are_told_in_pytests_words(folder: Path) -> None:
    """A student who changed the test file reads where."""
    (folder / "test_toy.py").write_text("import no_such_module\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"cannot be run[\s\S]*no_such_module"):
        run(folder, "x = 1\n")
