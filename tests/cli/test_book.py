"""The words of a gradebook."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader import api

from grader.cli.book import book
from grader.cli.main import main
from grader.workspace import Receipt, Workspace

ANN = Receipt(
    student="ann", topic="toy", attempt=1, digest="sha256:a1", received_at=datetime(2026, 11, 21, tzinfo=UTC), original="x", files=("toy.py",)
)  # fmt: skip


@pytest.fixture
def run(own_course, monkeypatch):
    """Run a command in a course in which ann handed in and nobody is graded."""
    monkeypatch.chdir(own_course.root)
    monkeypatch.delenv("GRADER_BOOK", raising=False)
    Workspace(Path("workspace")).keep_submission(ANN, {"toy.py": b""})
    return lambda *words, **kwargs: CliRunner().invoke(main, ["book", *words], catch_exceptions=False, **kwargs)


def test_every_word_teaches_with_an_example(run):
    """`--help` shows how each is typed."""
    assert "grader book record --all" in run("--help").output
    for name in book.commands:
        assert f"Example:  grader book {name}" in run(name, "--help").output


def test_who_is_left_out_is_told_and_changes_the_exit_code(run):
    """Counts on standard output, students with the next step on standard error."""
    told = run("record", "--all")
    assert told.exit_code == 1
    assert told.stdout == "toy: 0 new, 0 changed, 0 unchanged, 1 left out\n"
    assert told.stderr == "toy: ann is left out: attempt 1 is not graded yet: grader grade toy\n"
    told = run("record", "toy", "--json")
    (line,) = json.loads(told.stdout)[0]["lines"]
    assert (line["student"], line["fate"]) == ("ann", "left out")
    assert run("rebuild").exit_code == 1


@pytest.mark.parametrize("words", [[], ["toy", "--all"]])
def test_either_topics_or_all(run, words):
    """Anything else is a usage error, and no book is made."""
    assert run("record", *words).exit_code == 2
    assert not Path("workspace/gradebook.db").exists()


def test_an_export_of_nothing_is_a_header(run):
    """The file is written all the same."""
    told = run("export", "--to", "marks.csv")
    assert (told.exit_code, told.stdout) == (1, "marks.csv\n")
    assert Path("marks.csv").exists()


def test_the_book_may_be_elsewhere(run):
    """By --db, or by the environment, which the command line overrides."""
    run("record", "toy", env={"GRADER_BOOK": "sqlite:///elsewhere.db"})
    run("record", "toy", "--db", "sqlite:///typed.db", env={"GRADER_BOOK": "sqlite:///other.db"})
    assert Path("elsewhere.db").exists()
    assert Path("typed.db").exists()
    assert not Path("other.db").exists()
    assert not Path("workspace/gradebook.db").exists()
    with api.Gradebook("sqlite:///typed.db") as found:
        assert found.assignments == []
    assert str(Path("typed.db").absolute()) in Path("workspace/nbgrader/nbgrader_config.py").read_text()
