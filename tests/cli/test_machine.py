"""The words about this machine."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from grader.cli.main import main


@pytest.mark.slow
def test_doctor_says_what_was_found_and_what_to_do(toy_course, tmp_path, monkeypatch):
    """A line for each thing, the next steps, and an exit code that follows from them."""
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["doctor", "--course", str(toy_course.root), "--json"], catch_exceptions=False)
    found = json.loads(told.stdout)
    assert told.exit_code == (0 if found["is_fit"] else 1)
    assert {"bubblewrap", "landlock"} <= {finding["name"] for finding in found["findings"]}


@pytest.mark.parametrize(("shell", "words"), [("bash", "complete -o nosort"), ("zsh", "#compdef grader"), ("fish", "complete --no-files")])
def test_each_shell_has_its_script(shell, words):
    """click's own, for our command."""
    told = CliRunner().invoke(main, ["completion", shell], catch_exceptions=False)
    assert words in told.stdout
    assert "_GRADER_COMPLETE" in told.stdout


def test_topics_and_students_complete(toy_course, tmp_path):
    """By the protocol of the shells, from the course's file alone."""
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "roster.csv").write_text("id,name,email\nann,Ann,\nbob,Bob,\n")

    def complete(words):
        environment = {**os.environ, "_GRADER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        code = "from grader.cli.main import main; main(prog_name='grader')"
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return [line.partition(",")[2] for line in done.stdout.split()]

    assert complete(f"grader verify --course {toy_course.root} t") == ["toy"]
    assert complete(f"grader grade toy --workspace {tmp_path / 'workspace'} --student a") == ["ann"]
    assert "collect" in complete("grader co")


def test_doctor_runs_where_linux_modules_are_not_there(tmp_path):
    """As on Windows: no module of POSIX alone is imported, grading is said to be elsewhere, and checks are all that is asked."""
    hide = "import platform, sys; sys.modules.update(dict.fromkeys(('resource', 'fcntl', 'pwd', 'grp', 'termios')))"
    code = f"{hide}; platform.system = lambda: 'Windows'; from grader.cli.main import main; main(['doctor'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "grading needs Linux" in done.stdout
    assert done.stdout.endswith("The public checks run: grader check\n")
