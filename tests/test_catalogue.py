"""The catalogue becomes whole submissions with the marks they deserve, and tells every fault of every file at once."""

import ast

import pytest

from grader.catalogue import Deserves, read_catalogue
from grader.errors import CourseError
from grader.splice import definition_names

LOSES = 'LOSES = {"double.correctness": "hidden::TestDouble::test_reference[four]"}\n'


def add(course, name, text):
    """Write one more file of the toy's catalogue."""
    path = course.solution_dir("toy") / "submissions" / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(course):
    with pytest.raises(CourseError, match="The catalogue of toy has faults") as told:
        read_catalogue(course, "toy")
    return told.value.faults


def test_files_come_by_folder_and_name(toy_course):
    """Accepted, wrong, slow; in each folder by name."""
    names = [example.name for example in read_catalogue(toy_course, "toy")]
    wrong = ["columns", "detached", "forgetful", "quadratic", "triple"]
    assert names == ["accepted/addition", *(f"wrong/{name}" for name in wrong), "slow/loop"]


def test_an_example_says_what_it_stands_for(toy_course):
    """Folder, sentence, lost parts and redefined names are those of its file."""
    examples = {example.name: example for example in read_catalogue(toy_course, "toy")}
    triple = examples["wrong/triple"]
    assert triple.deserves is Deserves.WRONG
    assert triple.sentence == "It multiplies with three."
    assert triple.loses == {
        "double.correctness": "hidden::TestDouble::test_reference[four]",
        "integration": "hidden::TestTogether::test_all",
    }
    assert triple.redefines == ("double",)
    assert examples["accepted/addition"].loses == {}
    assert examples["wrong/forgetful"].redefines == ("Counter", "Counter.count")


def test_an_example_is_a_whole_submission(toy_course, toy_reference):
    """The redefined function is the file's, everything else the reference's, and nothing of the catalogue's own words is in it."""
    module = next(e.module for e in read_catalogue(toy_course, "toy") if e.name == "wrong/triple")
    assert definition_names(module) == definition_names(toy_reference)
    assert "return 3 * x" in module
    assert "return factor() * x" not in module
    assert "LOSES" not in module
    assert "three" not in module


def test_a_sentence_over_two_lines_is_one_line(own_course):
    """A docstring may be wrapped; students read it in one line."""
    add(own_course, "accepted/wrapped.py", '"""It adds\n    the same twice."""\n\n\ndef double(x):\n    return x + x\n')
    assert {e.name: e.sentence for e in read_catalogue(own_course, "toy")}["accepted/wrapped"] == "It adds the same twice."


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("wrong/mute.py", LOSES + "def double(x):\n    return x\n", "it has no docstring"),
        ("accepted/empty.py", "", "it has no docstring"),
        ("accepted/losing.py", f'"""Right."""\n{LOSES}', "an accepted file has no LOSES"),
        ("wrong/harmless.py", '"""Wrong."""\n', "maps the parts it loses"),
        ("slow/harmless.py", '"""Slow."""\nLOSES = {}\n', "maps the parts it loses"),
        ("wrong/list.py", '"""Wrong."""\nLOSES = ["double.correctness"]\n', "LOSES maps part names to test ids"),
        ("wrong/number.py", '"""Wrong."""\nLOSES = {"double.correctness": 1}\n', "LOSES maps part names to test ids"),
        ("wrong/computed.py", '"""Wrong."""\nLOSES = dict(a="b")\n', "malformed node"),
        ("wrong/broken.py", '"""Wrong."""\ndef double(:\n', "invalid syntax"),
        ("wrong/nul.py", '"""Wrong."""\nx = "\0"\n', "null bytes"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_file(own_course, name, text, fault):
    """The file by folder and name, and what is wrong with it."""
    add(own_course, name, text)
    (told,) = faults(own_course)
    assert told.startswith(f"{name}: ")
    assert fault in told


def test_a_file_of_another_encoding_is_a_fault(own_course):
    """An author's editor may write Latin-1: the file is named, nothing is guessed."""
    add(own_course, "wrong/latin.py", "").write_bytes('"""Größe."""\n'.encode("latin-1"))
    (told,) = faults(own_course)
    assert told.startswith("wrong/latin.py: 'utf-8' codec can't decode")


def test_every_fault_of_every_file_is_told_at_once(own_course):
    """An author mends the whole catalogue in one go."""
    add(own_course, "accepted/a.py", "")
    add(own_course, "slow/b.py", '"""Slow."""\n')
    add(own_course, "wrong/c.py", "def (\n")
    add(own_course, "wrong/d.py", '"""Wrong."""\nLOSES = 3\n')
    assert [fault.partition(":")[0] for fault in faults(own_course)] == ["accepted/a.py", "wrong/c.py", "wrong/d.py", "slow/b.py"]


def test_a_topic_without_a_catalogue_has_an_empty_one(own_course):
    """No folder, no fault: that files are asked for is the gate's business."""
    for path in (own_course.solution_dir("toy") / "submissions").glob("*/*.py"):
        path.unlink()
    assert read_catalogue(own_course, "toy") == ()


def test_no_code_of_a_file_runs(own_course, tmp_path):
    """Reading is parsing: a statement of the file leaves no trace, and stays in the module that is made."""
    trace = tmp_path / "trace"
    add(own_course, "accepted/acts.py", f'"""It acts."""\nopen({str(trace)!r}, "w").close()\n')
    module = next(e.module for e in read_catalogue(own_course, "toy") if e.name == "accepted/acts")
    assert not trace.exists()
    assert ast.unparse(ast.parse(module).body[-1]).startswith("open(")
