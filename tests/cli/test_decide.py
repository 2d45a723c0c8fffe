"""The words of decisions about one student."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.main import main


@pytest.fixture
def run(own_course, tmp_path, monkeypatch):
    """Run a command in a course whose toy is due, with one student in the roster."""
    monkeypatch.chdir(own_course.root)
    path = Path("assignments/course.toml")
    path.write_text('timezone = "Asia/Taipei"\n' + path.read_text() + "\n[due]\ntoy = 2026-11-29T23:59:00\n")
    Path("workspace").mkdir()
    Path("workspace/roster.csv").write_text("id,name,email\nann,Ann,\n")
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.mark.parametrize("words", [["--by", "2d"], ["--until", "2026-12-01T23:59"], ["--until", "2026-12-01 15:59+00:00"]])
def test_an_extension_is_said_back(run, words):
    """However it is typed, the date comes back in the course's zone."""
    told = run("extend", "toy", "ann", *words)
    assert told.output == "ann has time for toy until 2026-12-01 23:59 CST.\n"
    assert "ann,2026-12-01T23:59:00+08:00" in Path("workspace/extensions.csv").read_text()
    assert "no more time" in run("extend", "toy", "ann", "--remove").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "one of --until, --by and --remove"),
        (["--by", "2d", "--remove"], "one of --until, --by and --remove"),
        (["--by", "2 fortnights"], "write it as 90m, 36h, 2d or 1w"),
        (["--until", "tomorrow"], "is no time"),
        (["--until", "2026-12-01"], "has no hour"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(run, words, said):
    """Exit code 2, and nothing is written."""
    told = run("extend", "toy", "ann", *words)
    assert told.exit_code == 2
    assert said in " ".join(told.stderr.split())
    assert not Path("workspace/extensions.csv").exists()


def test_choosing_needs_a_course_that_counts_choices(run):
    """The message names the key to set."""
    told = run("choose", "toy", "ann", "1")
    assert told.exit_code == 1
    assert 'attempts = "chosen"' in told.stderr
    shutil.rmtree("workspace")
    assert "There is no workspace" in run("choose", "toy", "ann", "1").stderr
