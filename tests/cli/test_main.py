"""The command line: what is typed reaches one workflow, errors name the next step, exit codes tell what happened."""

import json
import re
import zipfile

import pytest
from click.testing import CliRunner

from grader.cli.main import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRADER_KEY", raising=False)

    def invoke(*words, **kwargs):
        return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False, **kwargs)

    return invoke


def test_every_command_teaches_with_an_example(run):
    """`--help` of each command shows how it is typed."""
    for name, command in main.commands.items():
        told = run(name, "--help")
        assert told.exit_code == 0
        assert f"grader {name}" in told.output
        assert command.help


def test_outside_a_course_the_next_step_is_told(run):
    """No traceback: the sentence says where to run it."""
    told = run("topics")
    assert told.exit_code == 1
    assert "Run this inside the course's repository" in told.stderr


def test_topics_as_a_table_and_as_json(run, toy_course):
    """Both tell unit, points and state."""
    told = run("topics", "--course", toy_course.root)
    assert "toy" in told.output
    assert "planned" in told.output
    rows = json.loads(run("topics", "--course", toy_course.root, "--json").output)
    assert [row["topic"] for row in rows] == ["toy", "unwritten"]
    assert rows[0]["points"] == 100


@pytest.mark.parametrize("command", ["build", "release", "collect", "grade", "report", "verify", "figure"])
def test_a_misspelt_topic(run, toy_course, tmp_path, command):
    """The nearest topic is offered, exit code 1."""
    (tmp_path / "workspace").mkdir()
    extra = {"release": ["--to", "out"], "collect": ["--from", tmp_path], "figure": ["--to", "x.png"]}.get(command, [])
    told = run(command, "toi", "--course", toy_course.root, *extra)
    assert told.exit_code == 1
    assert "did you mean 'toy'" in told.stderr


def test_a_topic_that_is_not_written_yet(run, toy_course):
    """Listed in the course, and nothing to grade."""
    told = run("verify", "unwritten", "--course", toy_course.root)
    assert told.exit_code == 1
    assert "not written yet" in told.stderr


@pytest.mark.parametrize("command", ["grade", "report"])
def test_a_missing_workspace(run, toy_course, command):
    """The message names --workspace and the command that begins one."""
    told = run(command, "toy", "--course", toy_course.root)
    assert told.exit_code == 1
    assert "There is no workspace" in told.stderr
    assert "grader collect" in told.stderr


def test_usage_errors_have_code_2(run, toy_course):
    """A missing option, an unknown one, an option in the wrong company."""
    assert run("release", "toy").exit_code == 2
    assert run("grade", "toy", "--nonsense").exit_code == 2
    assert run("grade", "toy", "--fail-under", "50", "--course", toy_course.root).exit_code == 2
    assert run("verify", "--course", toy_course.root).exit_code == 2


def test_build_check_tells_what_is_stale(run, own_course):
    """Exit code 1 and a difference; building mends it."""
    path = own_course.starter_dir("toy") / "toy.py"
    path.write_text(path.read_text() + "# edited by hand\n")
    told = run("build", "--check", "--course", own_course.root)
    assert told.exit_code == 1
    assert "stale" in told.output
    assert "edited by hand" in told.output
    assert run("build", "toy", "--course", own_course.root).exit_code == 0
    assert run("build", "--check", "--course", own_course.root).exit_code == 0


def test_collect_tells_what_was_refused(run, toy_course, toy_reference, tmp_path):
    """One line for each; a refusal is exit code 1; what was taken in is there to grade."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ann.py").write_text(toy_reference)
    (inbox / "bob.zip").write_bytes(b"PK no archive")
    told = run("collect", "toy", "--from", inbox, "--course", toy_course.root)
    assert told.exit_code == 1
    assert "bob.zip" in told.output
    again = json.loads(run("collect", "toy", "--from", inbox, "--course", toy_course.root, "--json").output)
    assert "already collected" in json.dumps(again)
    assert "not graded yet" in run("report", "toy", "--course", toy_course.root).output


def test_collect_knows_a_bulk_zip_and_a_roster(run, toy_course, toy_reference, tmp_path):
    """Unknown work is exit code 1 until it is enrolled; the report is a table, JSON and CSV; a future time is refused."""
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr("doejane_101_9001_toy.py", toy_reference)
        archive.writestr("libo_102_9002_toy.py", toy_reference)
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "roster.csv").write_text("id,name,email,lms_id\njane,Jane Doe,,101\n")
    words = ["collect", "toy", "--from", tmp_path / "submissions.zip", "--course", toy_course.root]
    told = run(*words, "--received-at", "2999-01-01 10:00")
    assert (told.exit_code, "is in the future" in told.stderr) == (1, True)
    told = run(*words, "--csv", "out.csv", "--received-at", "2020-01-01 10:00")
    assert told.exit_code == 1
    assert "toy: 1 collected, 1 not in the roster" in told.output
    assert "doejane_101_9001_toy.py,collected,jane,1,2020-01-01T10:00:00+00:00" in (tmp_path / "out.csv").read_text()
    again = run(*words, "--enrol", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["enrolled"] == ["102"]
    assert run(*words, "--names", "plain").exit_code == 1
    assert run(*words, "--names", "sakai").exit_code == 2


def test_an_empty_inbox(run, toy_course, tmp_path):
    """Nothing to collect is told with what was expected."""
    (tmp_path / "inbox").mkdir()
    told = run("collect", "toy", "--from", tmp_path / "inbox", "--course", toy_course.root)
    assert told.exit_code == 1
    assert "othing to collect" in told.stderr


def test_a_figure_is_drawn(run, toy_course, tmp_path):
    """With the reference or a module; another ending is refused."""
    assert run("figure", "toy", "--to", "a.png", "--course", toy_course.root).exit_code == 0
    assert (tmp_path / "a.png").stat().st_size > 1000
    told = run("figure", "toy", "--to", "a.txt", "--course", toy_course.root)
    assert told.exit_code == 1
    assert ".png" in told.stderr


def test_release_writes_a_folder(run, toy_course, tmp_path):
    """The files of the whitelist, counted."""
    told = run("release", "toy", "--to", "out", "--course", toy_course.root)
    assert told.exit_code == 0
    assert (tmp_path / "out" / "toy" / "toy.py").is_file()


@pytest.mark.slow
def test_a_class_from_inbox_to_table(run, toy_course, toy_reference, tmp_path):
    """Collect, grade with two workers, report: the table and its JSON agree."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ann.py").write_text(toy_reference)
    (inbox / "bob.py").write_text("def double(x):\n    return 2 * x\n")
    course = ["--course", toy_course.root]
    assert run("collect", "toy", "--from", inbox, *course).exit_code == 0
    told = run("grade", "toy", "--workers", 2, *course)
    assert told.exit_code == 0
    assert "92 of 100" in told.output
    rows = json.loads(run("report", "toy", "--json", *course).output)
    text = json.dumps(rows)
    assert '"earned": 92' in text
    assert '"earned": 20' in text


@pytest.mark.slow
def test_one_file_for_ci(run, toy_course, toy_reference, tmp_path, monkeypatch):
    """Feedback or JSON; a low mark changes the exit code only with --fail-under; GRADER_KEY repeats a grading."""
    path, course = tmp_path / "mine.py", ["--course", toy_course.root]
    path.write_text(toy_reference.replace("return factor() * x", "return 3 * x"))
    told = run("grade", "toy", "--submission", path, *course)
    assert told.exit_code == 0
    assert "toy: 60 of 100 points" in told.output
    assert "It multiplies with three." in told.output
    monkeypatch.setenv("GRADER_KEY", "secret")
    low = run("grade", "toy", "--submission", path, "--json", "--fail-under", 61, *course)
    assert low.exit_code == 1
    first = json.loads(low.stdout)
    assert first["earned"] == 60
    assert "secret" not in low.stdout
    enough = run("grade", "toy", "--submission", path, "--json", "--fail-under", 60, *course)
    assert enough.exit_code == 0
    assert json.loads(enough.stdout)["key"] == first["key"]


@pytest.mark.slow
def test_a_harness_fault_has_code_3(run, own_course, toy_reference, tmp_path):
    """A broken grader is neither a mark nor a refusal."""
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    hidden.write_text(hidden.read_text().replace("import pytest", "import pytest\nimport no_such_module"))
    path = tmp_path / "mine.py"
    path.write_text(toy_reference)
    told = run("grade", "toy", "--submission", path, "--course", own_course.root)
    assert told.exit_code == 3
    assert "not graded" in told.output


def test_a_new_topic_is_written_and_the_next_step_told(run, own_course):
    """Its files are listed; a topic that is there already is refused, and nothing of it is touched."""
    told = run("new", "unwritten", "--title", "Quotes", "--course", own_course.root)
    assert told.exit_code == 0
    assert "assignments/unwritten/handout.md" in told.output
    assert "grader build unwritten" in told.output
    assert (own_course.root / "solutions" / "unwritten" / "unwritten.py").read_text().startswith('"""Quotes')
    before = (own_course.assignment_dir("toy") / "handout.md").read_bytes()
    refused = run("new", "toy", "--course", own_course.root)
    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert (own_course.assignment_dir("toy") / "handout.md").read_bytes() == before


@pytest.mark.slow
def test_verify_prints_the_proof(run, toy_course):
    """The table says proved, and which test caught what."""
    told = run("verify", "toy", "--workers", 2, "--course", toy_course.root)
    assert told.exit_code == 0
    assert "toy: proved" in told.output
    assert "triple" in told.output
    assert re.search(r"total\.speed +│ +3 │", told.output)


@pytest.mark.slow
def test_verify_grades_a_part_and_says_so(run, toy_course):
    """A pattern of names: quick, and no proof; one that nothing matches is an error."""
    told = run("verify", "toy", "--only", "wrong/t*", "--course", toy_course.root)
    assert told.exit_code == 0
    assert "wrong/triple" in told.output
    assert "wrong/columns" not in told.output
    assert "this is no proof" in told.output
    assert run("verify", "toy", "--only", "nobody", "--course", toy_course.root).exit_code != 0
    assert run("verify", "toy", "--only", "stub", "--study", "--course", toy_course.root).exit_code == 2


@pytest.mark.slow
def test_a_study_is_written_and_printed(run, own_course):
    """Misses, margins and mutants; the file is there, and the gate believes it."""
    path = own_course.solution_dir("toy") / "study.json"
    path.unlink()
    told = run("verify", "toy", "--study", "--workers", 2, "--course", own_course.root)
    assert told.exit_code == 0
    for words in ("0 of 20", "13.9%", "Nearest to a threshold", "Mutants of the reference"):
        assert words in told.output
    assert path.is_file()
