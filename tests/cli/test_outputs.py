"""What `grader grade --submission` writes for other programs."""

import json

import junitparser
import pytest
from click.testing import CliRunner

from grader.cli.main import main
from grader.cli.outputs import Outputs
from grader.exchange import Refusal

REFUSAL = Refusal(topic="toy", reason="no module in it")


@pytest.fixture
def run(tmp_path, toy_course, monkeypatch):
    """Grade one file in an empty folder; return what came of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)

    def invoke(*words):
        command = ["grade", "toy", "--course", toy_course.root, *words]
        return CliRunner().invoke(main, [str(word) for word in command], catch_exceptions=False)

    return invoke


@pytest.mark.parametrize("option", ["--junit", "--gradescope", "--summary", "--fail-under"])
def test_they_are_of_one_file(run, option):
    """For a whole class there is the report; the message names the option."""
    told = run(option, "50")
    assert told.exit_code == 2
    assert f"{option} goes with --submission" in told.stderr


def test_githubs_page_is_added_to(tmp_path, monkeypatch):
    """Other steps write there as well; a file of one's own is replaced."""
    page, own = tmp_path / "page.md", tmp_path / "own.md"
    page.write_text("# Before\n")
    own.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    Outputs().write(REFUSAL)
    Outputs(summary=own).write(REFUSAL)
    assert page.read_text() == "# Before\n" + own.read_text()
    assert own.read_text().startswith("## toy: not graded")


def test_nothing_is_written_that_nobody_asked_for(tmp_path, monkeypatch):
    """Without an option and outside of GitHub no file appears."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    Outputs().write(REFUSAL)
    assert list(tmp_path.iterdir()) == []


def test_a_page_of_github_does_not_disturb_the_grading_of_a_class(run, tmp_path, monkeypatch):
    """The variable is set in every step; only the option is a mistake there."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    told = run()
    assert told.exit_code == 1
    assert "There is no workspace" in told.stderr


@pytest.mark.slow
def test_one_grading_three_readers(run, tmp_path, toy_reference):
    """They agree on the score, also where it is too low for --fail-under."""
    (tmp_path / "mine.py").write_text(toy_reference.replace("return factor() * x", "return 3 * x"))
    files = ["--junit", "marks/x.xml", "--gradescope", "results.json", "--summary", "s.md"]
    told = run("--submission", "mine.py", "--fail-under", 61, *files)
    assert told.exit_code == 1
    assert "toy: 60 of 100 points" in told.stdout
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 60
    assert (tmp_path / "s.md").read_text().startswith("## toy: 60 of 100 points\n")
    [suite] = junitparser.JUnitXml.fromfile(str(tmp_path / "marks" / "x.xml"))
    assert suite.failures > 0
    assert {prop.name: prop.value for prop in suite.properties()}["earned"] == "60"


@pytest.mark.slow
def test_a_refused_file_is_told_to_who_handed_it_in(run, tmp_path):
    """Gradescope shows results.json and nothing else: without it the student would not learn why."""
    (tmp_path / "mine.py").write_bytes(b"\xff\xfe\x00")
    told = run("--submission", "mine.py", "--gradescope", "results.json", "--junit", "x.xml")
    assert told.exit_code == 1
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["score"] == 0
    assert found["output"].removeprefix("Not graded: ") in told.stderr
    [suite] = junitparser.JUnitXml.fromfile(str(tmp_path / "x.xml"))
    assert suite.failures == 1


@pytest.mark.slow
def test_a_fault_of_the_harness_is_no_score(run, own_course, tmp_path, toy_reference):
    """The files say so, and the exit code is 3."""
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    hidden.write_text(hidden.read_text().replace("import pytest", "import pytest\nimport no_such_module"))
    (tmp_path / "mine.py").write_text(toy_reference)
    told = run("--course", own_course.root, "--submission", "mine.py", "--gradescope", "results.json", "--junit", "x.xml")
    assert told.exit_code == 3
    assert "score" not in json.loads((tmp_path / "results.json").read_text())
    [suite] = junitparser.JUnitXml.fromfile(str(tmp_path / "x.xml"))
    assert (suite.failures, suite.errors) == (0, 1)
    assert "no_such_module" not in (tmp_path / "x.xml").read_text() + (tmp_path / "results.json").read_text()
