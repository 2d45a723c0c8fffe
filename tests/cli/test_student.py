"""The words of a student, in a release's folder."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.main import main
from grader.workflow.release import release


@pytest.fixture
def run(toy_course, tmp_path, monkeypatch):
    """Run a command in a fresh release."""
    release(toy_course, ["toy"], tmp_path)
    monkeypatch.chdir(tmp_path / "toy")
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)


def test_pack_says_what_is_in_the_file(run):
    """Files with their sizes, what is not written, the quiz; the untouched starter is warned of, and packed."""
    told = run("pack")
    assert told.exit_code == 0
    assert "toy.zip is ready to hand in (sha256:" in told.stdout
    assert "In it:\n  toy.py" in told.stdout
    assert "Not written yet: double, quadruple, Counter.count, total." in told.stdout
    assert "Quiz: 0 of 1 answered." in told.stdout
    assert "Warning: toy.py is still the starter" in told.stderr
    assert Path("toy.zip").is_file()


@pytest.mark.slow
def test_check_is_a_gate_and_has_json(run):
    """Exit code 1 while something does not pass; the same as plain data."""
    told = run("check", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["tasks"][0]["entry"] == "double"


@pytest.mark.parametrize("command", ["check", "pack"])
def test_outside_a_release_the_next_step_is_told(run, tmp_path, monkeypatch, command):
    """No traceback: the sentence says where to go."""
    monkeypatch.chdir(tmp_path)
    told = run(command)
    assert told.exit_code == 1
    assert "Go to the one that holds assignment.toml" in told.stderr


def test_watching_prints_tables_alone(run):
    """--json and --watch together are a usage error."""
    assert run("check", "--watch", "--json").exit_code == 2


def test_a_figure_that_cannot_be_drawn_says_why(run):
    """A stub, an exception, values of another shape: a sentence with what to look at, and no traceback."""
    told = run("figure", "toy")
    assert told.exit_code == 1
    assert "The figure cannot be drawn with toy.py yet: This is not written yet" in told.stderr
    path = Path("toy.py")
    stub = path.read_text(encoding="utf-8")
    hole = 'raise NotImplementedError("double is yours to write")'
    path.write_text(stub.replace(hole, "return x.nonsense"), encoding="utf-8")
    assert "nonsense" in run("figure", "toy").stderr
    path.write_text(stub.replace(hole, "return 'text'"), encoding="utf-8")
    told = run("figure", "toy")
    assert told.exit_code == 1
    assert "What toy.py returns cannot be drawn" in told.stderr
    path.write_text(stub.replace(hole, "return factor() * x"), encoding="utf-8")
    assert run("figure", "toy").exit_code == 0
