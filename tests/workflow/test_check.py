"""Claims about checking and packing in a release's folder."""

import json
import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.checked import CheckReport, Standing
from grader.course import Course
from grader.errors import CourseError, SubmissionError
from grader.submission import load_submission
from grader.workflow.check import check
from grader.workflow.collect import collect
from grader.workflow.pack import pack
from grader.workflow.release import release
from grader.workspace import Workspace

RIGHT = {
    "double": "return factor() * x",
    "quadruple": "return double(double(x))",
    "Counter.count": "self.state += step\n        return self.state",
    "total": "return x.sum(-1)",
}


@pytest.fixture(scope="module")
def released(toy_course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the toy, to be copied."""
    folder = tmp_path_factory.mktemp("releases")
    release(toy_course, ["toy"], folder)
    return folder / "toy"


@pytest.fixture
def folder(released: Path, tmp_path: Path) -> Path:
    """A student's own copy, below a name with a space and letters that are not ASCII."""
    return Path(shutil.copytree(released, tmp_path / "Übung 1" / "toy"))


def write(folder: Path, **bodies: str) -> None:
    path = folder / "toy.py"
    text = path.read_text(encoding="utf-8")
    for entry, body in {**RIGHT, **{name.replace("__", "."): body for name, body in bodies.items()}}.items():
        text = text.replace(f'raise NotImplementedError("{entry} is yours to write")', body)
    path.write_text(text, encoding="utf-8")


def write_text(folder: Path, text: str) -> None:
    (folder / "toy.py").write_text(text, encoding="utf-8")


def standings(report: CheckReport) -> dict[str, str]:
    return {part.name: part.standing.value for task in report.tasks for part in task.parts}


def verdicts(report: CheckReport) -> dict[str, list[str]]:
    return {task.entry: [failure.verdict.value for failure in task.failures] for task in report.tasks if task.failures}


@pytest.mark.slow
def test_a_starter_is_not_written_yet(folder: Path) -> None:
    """No task fails: each is a stub, waits for one, or is checked when graded."""
    report = check(folder)
    assert standings(report) == {
        "double.correctness": "not written yet", "double.gradient": "not written yet", "quadruple.correctness": "waits for",
        "Counter.count.correctness": "not written yet", "total.correctness": "checked when graded", "total.speed": "checked when graded",
        "integration": "checked when graded",
    }  # fmt: skip
    assert not report.passed
    assert (report.answered, report.questions, report.points) == (0, 1, 0)


@pytest.mark.slow
def test_a_mistake_is_named_and_others_wait(folder: Path) -> None:
    """The failure says what was called, got and expected, which mistake it looks like, and which hint; its dependant waits."""
    write(folder, double="return 3 * x")
    report = check(folder)
    double, quadruple = report.tasks[:2]
    assert quadruple.parts[0].standing is Standing.WAITS
    assert quadruple.parts[0].waits_for == ("double",)
    first = double.failures[0]
    assert "called: double(float32 (2, 3))" in first.message
    assert "expected 2" in first.message
    assert first.suspected == "It multiplies with three."
    assert (first.hint, double.hint) == (1, "Think of two.")


@pytest.mark.slow
def test_right_work_passes(folder: Path) -> None:
    """With Windows' line ends and the mark before UTF-8 too; what has hidden checks alone is not said to pass."""
    write(folder)
    path = folder / "toy.py"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    report = check(folder)
    assert report.passed
    assert report.points == 50
    assert standings(report)["total.correctness"] == "checked when graded"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        (
            {"double": "import os\n    os._exit(0)", "Counter__count": "import ctypes\n        ctypes.string_at(0)"},
            {"double": ["raised", "raised"], "Counter.count": ["raised"]},
        ),
        (
            {"double": "while True:\n        pass", "Counter__count": "while True: print('#' * 100_000)"},
            {"double": ["timeout", "timeout"], "Counter.count": ["output"]},
        ),
    ],
)
def test_whatever_code_does_to_python_the_others_are_checked(folder: Path, bodies: dict[str, str], found: dict[str, list[str]]) -> None:
    """An exit, a crash, an endless loop or a flood costs its own task; behind them the checks go on to the end."""
    write(folder, **bodies)
    limits = (folder / "assignment.toml").read_text(encoding="utf-8").replace("disk_mib = 16", "cpu_s = 1\nwall_s = 1")
    (folder / "assignment.toml").write_text(limits, encoding="utf-8")
    assert verdicts(check(folder)) == found


def test_a_file_that_does_not_parse_is_told_with_its_line(folder: Path) -> None:
    """At once, without running anything, and without a table."""
    write(folder, double="return (")
    report = check(folder)
    assert report.tasks == ()
    assert not report.passed
    assert re.fullmatch(r"toy\.py, line \d+: '\(' was never closed\.\n    return \(", report.fault)
    write_text(folder, "return 3\n")
    assert "line 1: 'return' outside function" in check(folder).fault


@pytest.mark.slow
def test_a_file_that_does_not_import_is_told_once(folder: Path) -> None:
    """What every check would say alike is one sentence with the line, and no table."""
    write_text(folder, "import torch\n\ntorch.nothing\n")
    report = check(folder)
    assert report.fault.startswith("Your file does not import: AttributeError at line 3.")
    assert report.tasks == ()


def notebook(folder: Path, bodies: dict[str, str]) -> None:
    path = folder / "toy.ipynb"
    text = json.loads(path.read_text(encoding="utf-8"))
    for cell in text["cells"]:
        source = "".join(cell["source"])
        for entry, body in bodies.items():
            source = source.replace(f'raise NotImplementedError("{entry} is yours to write")', body)
        cell["source"] = source.replace('"why": []', '"why": ["a"]')
    text["cells"].append(
        {"cell_type": "code", "execution_count": 1, "id": "x", "metadata": {}, "outputs": [], "source": "print(double(2))"}
    )
    path.write_text(json.dumps(text), encoding="utf-8")


@pytest.mark.slow
def test_the_notebook_counts_where_it_was_changed(folder: Path) -> None:
    """Its cells are the module; what does not count of it is listed; its quiz is counted."""
    notebook(folder, RIGHT)
    report = check(folder)
    assert (report.module, report.passed, report.answered) == ("toy.ipynb", True, 1)
    assert [line.partition(": ")[2] for line in report.left_out] == ["print(double(2))"]  # the starter's own cell of checks is no news
    write(folder)
    with pytest.raises(SubmissionError, match="--submission"):
        check(folder)
    assert check(folder, folder / "toy.ipynb").module == "toy.ipynb"


def test_elsewhere_the_folder_is_named(tmp_path: Path, folder: Path) -> None:
    """Outside a release the message says where to go; a module that is not there is named."""
    with pytest.raises(CourseError, match="is not the folder of a release"):
        check(tmp_path)
    with pytest.raises(SubmissionError, match=r"There is no .*mine\.py"):
        pack(folder, folder / "mine.py")


def test_what_is_packed_is_what_is_collected(folder: Path, toy_course: Course, tmp_path: Path) -> None:
    """The archive has the module and the answers; collecting it gives the digest of the files themselves; twice, the same bytes."""
    write(folder, total='raise NotImplementedError("total is yours to write")')
    (folder / "answers.toml").write_text('why = ["a", "c"]\n', encoding="utf-8")
    packed = pack(folder)
    assert packed.path == folder / "toy.zip"
    assert dict(packed.files) == {"toy.py": (folder / "toy.py").stat().st_size, "answers.toml": 17}
    assert (packed.unwritten, packed.answered, packed.warnings) == (("total",), 1, ())
    before = packed.path.read_bytes()
    assert pack(folder).path.read_bytes() == before
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy(packed.path, inbox / "ann.zip")
    workspace = Workspace(tmp_path / "workspace")
    collect(toy_course, workspace, "toy", inbox, datetime.now(UTC))
    files = {name: (folder / name).read_bytes() for name in ("toy.py", "answers.toml")}
    assert workspace.submissions("toy")[0].digest == load_submission("toy", files, {}).digest == packed.digest


def test_a_notebook_is_packed_alone(folder: Path) -> None:
    """Unanswered answers stay at home; what does not count of it is said."""
    notebook(folder, {**RIGHT, "total": "return x.sum("})
    packed = pack(folder, to=folder / "mine.zip")
    assert zipfile.ZipFile(folder / "mine.zip").namelist() == ["toy.ipynb"]
    assert packed.unwritten == ("total",)
    assert any("does not parse" in line for line in packed.left_out)
    assert "1 cell of toy.ipynb cannot be read" in packed.warnings[0]


def test_at_the_last_minute_everything_is_packed_with_a_warning(folder: Path) -> None:
    """The untouched starter, and a file that does not parse: both are handed in, and both are warned of."""
    untouched = pack(folder)
    assert "toy.py is still the starter" in untouched.warnings[0]
    assert untouched.unwritten == ("double", "quadruple", "Counter.count", "total")
    write(folder, double="return (")
    assert "does not parse (SyntaxError at line" in pack(folder).warnings[0]


def test_another_file_is_not_overwritten(folder: Path) -> None:
    """Only what an earlier `pack` wrote; a name that is no archive's is refused, a folder is taken."""
    (folder / "toy.zip").write_text("mine", encoding="utf-8")
    with pytest.raises(SubmissionError, match="is in the way"):
        pack(folder)
    assert (folder / "toy.zip").read_text(encoding="utf-8") == "mine"
    with zipfile.ZipFile(folder / "other.zip", "w") as archive:
        archive.writestr("toy/README.md", "a release")
    with pytest.raises(SubmissionError, match="is in the way"):
        pack(folder, to=folder / "other.zip")
    with pytest.raises(SubmissionError, match=r"is a \.zip"):
        pack(folder, to=folder / "mine.txt")
    (folder / "out").mkdir()
    assert pack(folder, to=folder / "out").path == folder / "out" / "toy.zip"
    assert pack(folder, to=folder / "out").path.is_file()


def test_what_would_be_refused_when_it_is_collected_is_not_packed(folder: Path) -> None:
    """A file that is no UTF-8, and answers that are no TOML: the sentence says what to do."""
    (folder / "toy.py").write_bytes("x = 'ü'\n".encode("latin-1"))
    with pytest.raises(SubmissionError, match="Save the file as UTF-8"):
        pack(folder)
    write_text(folder, "x = 1\n")
    (folder / "answers.toml").write_text("why = [a]\n", encoding="utf-8")
    with pytest.raises(SubmissionError, match=r"answers\.toml: is not TOML"):
        pack(folder)
    assert not (folder / "toy.zip").exists()
