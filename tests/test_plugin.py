"""Plain `pytest` in a released folder: the plugin is found, failures read well, and nothing outside the folder is needed."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from grader import plugin, splice
from grader.workflow.release import release


@pytest.fixture(scope="module")
def released(toy_course, tmp_path_factory):
    """The toy's release. To be copied, not written."""
    folder = tmp_path_factory.mktemp("release")
    release(toy_course, ["toy"], folder)
    return folder / "toy"


@pytest.fixture
def folder(released, tmp_path):
    """A student's own copy of the release."""
    return shutil.copytree(released, tmp_path / "toy")


def run(folder, *arguments):
    """Run pytest as a student does, in the folder, and return its exit code and what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-rs", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment, timeout=120)
    return done.returncode, done.stdout + done.stderr


def counts(said):
    """Return pytest's last line as numbers: failed, passed, skipped, errors."""
    last = said.strip().splitlines()[-1]
    return {word.removesuffix("s"): int(number) for number, word in re.findall(r"(\d+) (failed|passed|skipped|errors?)", last)}


def hand_in(folder, toy_reference, patch=""):
    (folder / "toy.py").write_text(splice.overlay(toy_reference, patch), encoding="utf-8")


@pytest.mark.slow
def test_a_fresh_release_fails_kindly(folder):
    """The starter: what is not written says so, with the claim and the hint; what waits for it is skipped; no frame of ours shows."""
    code, said = run(folder)
    assert code == 1
    assert counts(said) == {"failed": 3, "skipped": 2}
    assert "test_two: One doubled is two." in said
    assert "This is not written yet: your file has no such definition, or still the starter's." in said
    assert "called: double(float32 (2, 3))" in said
    assert "waits for double" in said
    for foreign in ("Traceback", "site-packages", "grader/", "NotImplementedError", "unknown mark", "Warning"):
        assert foreign not in said


@pytest.mark.slow
def test_the_reference_passes(folder, toy_reference):
    """What an author would hand in passes every published test, nothing is skipped."""
    hand_in(folder, toy_reference)
    code, said = run(folder)
    assert (code, counts(said)) == (0, {"passed": 5}), said


@pytest.mark.slow
def test_a_wrong_value_is_explained(folder, toy_reference):
    """Claim, what is wrong, what was called, got and expected, where to look."""
    hand_in(folder, toy_reference, "def double(x):\n    return 3 * x\n")
    code, said = run(folder, "test_toy.py::TestDouble::test_two")
    assert code == 1
    explained = """\
        test_two: One doubled is two.

        The result is wrong.
        called: double(float32 (2, 3))
        Entry [0, 0] is 3, expected 2 (6 of 6 entries wrong).
        Perhaps: It multiplies with three.
        Hint 1 of `double` in handout.md may help.
        """
    assert textwrap.dedent(explained) in said


@pytest.mark.slow
def test_an_exception_shows_the_students_own_lines(folder, toy_reference):
    """With line, function and text, the way a traceback would, and without our frames."""
    hand_in(folder, toy_reference, "def double(x):\n    return x.nothing\n")
    code, said = run(folder, "-k", "test_two and not counters")
    assert code == 1
    assert re.search(r"Your code raised AttributeError at line \d+\.", said)
    assert "in double: return x.nothing" in said
    assert "AttributeError: 'Tensor' object has no attribute 'nothing'" in said
    assert "cell.py" not in said


@pytest.mark.slow
def test_a_task_waits_for_what_it_needs(folder, toy_reference):
    """A wrong `double` does not make `quadruple` fail: it is skipped with the name of what it waits for; other tasks are tested."""
    hand_in(folder, toy_reference, "def double(x):\n    return 3 * x\n")
    code, said = run(folder)
    assert code == 1
    # The gradient agrees with the student's own function, so it passes: only the correctness is lost.
    assert counts(said) == {"failed": 1, "passed": 2, "skipped": 2}
    assert "waits for double" in said


@pytest.mark.slow
def test_a_failed_gradient_keeps_nobody_waiting(folder, toy_reference):
    """Only the correctness of a need counts."""
    hand_in(folder, toy_reference, "def double(x):\n    return 2 * x.detach()\n")
    _, said = run(folder)
    assert counts(said) == {"failed": 1, "passed": 4}


@pytest.mark.slow
def test_a_notebook_is_tested_like_a_module(folder, toy_reference):
    """Named on the command line: its definitions count, its training runs do not."""
    cells = ["%matplotlib inline\nimport torch", toy_reference, "raise RuntimeError('a long training run')"]
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell} for cell in cells]
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (folder / "mine.ipynb").write_text(json.dumps(book), encoding="utf-8")
    code, said = run(folder, "--submission", "mine.ipynb")
    assert (code, counts(said)) == (0, {"passed": 5}), said
    assert run(folder, "--submission", "toy.ipynb")[0] == 1  # the released one is not written yet


@pytest.mark.slow
def test_another_module_can_be_named(folder, toy_reference):
    """Instead of the one beside the tests."""
    (folder / "mine.py").write_text(toy_reference, encoding="utf-8")
    code, said = run(folder, "--submission=mine.py", "test_toy.py::TestCounter")
    assert (code, counts(said)) == (0, {"passed": 1}), said


@pytest.mark.slow
def test_a_missing_file_says_how_to_name_one(folder):
    """No module beside the tests: the option that helps is named."""
    (folder / "toy.py").unlink()
    (folder / "toy.ipynb").unlink()
    code, said = run(folder)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert said.count("There is no toy.py") == 1
    assert "There is no toy.py beside test_toy.py. Name your file: pytest --submission FILE" in said


@pytest.mark.slow
def test_an_endless_loop_ends(folder, toy_reference):
    """The wall limit of the assignment bounds a test where no sandbox does, and the tests after it run."""
    described = folder / "assignment.toml"
    described.write_text(described.read_text(encoding="utf-8").replace("disk_mib = 16", "cpu_s = 1\nwall_s = 1"), encoding="utf-8")
    hand_in(folder, toy_reference, "def double(x):\n    while True:\n        pass\n")
    code, said = run(folder)
    assert code == 1
    assert counts(said) == {"failed": 2, "passed": 1, "skipped": 2}
    assert "Your code did not answer in time. Is there a loop that does not end?" in said


@pytest.mark.slow
def test_a_file_that_does_not_import_says_where(folder):
    """Each test tells the line; nothing hangs on the rest of the file."""
    (folder / "toy.py").write_text('"""Mine."""\n\ndef double(:\n', encoding="utf-8")
    code, said = run(folder)
    assert code == 1
    assert "Your file does not import: SyntaxError at line 3." in said


@pytest.mark.slow
def test_the_same_inputs_each_time(folder, toy_reference):
    """Draws and the student's own random numbers come from the published key: a failure can be looked at again."""
    hand_in(
        folder, toy_reference, "def double(x):\n    return x + torch.rand(1)\n\n\ndef quadruple(x):\n    return torch.rand(3) * x.sum()\n"
    )
    shown = [re.findall(r"Entry .*", run(folder)[1]) for _ in range(2)]
    assert shown[0]
    assert shown[0] == shown[1]


@pytest.mark.slow
def test_ordinary_tests_beside_are_left_alone(folder, toy_reference):
    """A student's own test file runs as ever, without time limit, task or submission; one that asks for `student` is told why not."""
    hand_in(folder, toy_reference)
    (folder / "test_mine.py").write_text(
        "import toy\n\n\ndef test_mine():\n    assert toy.double(2) == 4\n\n\ndef test_asks(student):\n    pass\n", encoding="utf-8"
    )
    code, said = run(folder, "test_mine.py")
    assert code == 1
    assert counts(said) == {"passed": 1, "error": 1}
    assert "test_mine.py::test_asks has no @task" in said


@pytest.mark.slow
def test_a_published_test_has_no_reference(folder):
    """A public file that asks for the reference is the author's mistake, told with where it belongs."""
    tests = folder / "test_toy.py"
    tests.write_text(tests.read_text(encoding="utf-8").replace("def test_two(self, student)", "def test_two(self, student, reference)"))
    code, said = run(folder, "-k", "test_two and not counters")
    assert code == 1
    assert "test_toy.py is published: what needs the reference belongs into the hidden test file" in said


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("test_toy.py", "toy"),
        ("test_toy_hidden.py", "toy"),
        ("test_hidden_markov_hidden.py", "hidden_markov"),
        ("test_test_time.py", "test_time"),
    ],
)
def test_a_topic_is_read_from_the_files_name(tmp_path, name, topic):
    """One prefix and one suffix go, and nothing from the middle."""
    assert plugin.topic_of(tmp_path / name) == topic


def test_a_trusted_file_is_imported_under_its_own_name(tmp_path):
    """A reference called like a library does not hide it; one that is broken says so."""
    path = tmp_path / "json.py"
    path.write_text("from dataclasses import dataclass\n\n\n@dataclass\nclass C:\n    n: int = 3\n", encoding="utf-8")
    module = plugin.import_file(path, "reference_json")
    assert module.C().n == 3
    assert sys.modules["json"] is json
    del sys.modules["reference_json"]
    path.write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        plugin.import_file(path, "reference_json")
    sys.modules.pop("reference_json", None)


def test_a_notebooks_text_is_its_modules(tmp_path, toy_reference):
    """Either form of a submission gives a module's text."""
    module, book = tmp_path / "toy.py", tmp_path / "toy.ipynb"
    module.write_text(toy_reference, encoding="utf-8")
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "def f(x):\n    return x\n\nf(3)"}
    book.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}), encoding="utf-8")
    assert plugin.module_text(module) == toy_reference
    assert splice.definition_names(plugin.module_text(book)) == ("f",)
    assert "f(3)" not in plugin.module_text(book)


def test_the_plugin_is_cheap_to_load():
    """pytest loads it wherever the package is installed: without torch, and without the rest of the grader."""
    script = "import sys, grader.plugin; print([n for n in ('torch', 'numpy', 'pydantic', 'grader.result') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
