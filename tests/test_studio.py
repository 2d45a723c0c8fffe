"""Claims about what lies in a release's folder on a student's machine."""

import json
import shutil
from pathlib import Path

import pytest

from grader.course import Course
from grader.errors import CourseError, SubmissionError
from grader.studio import open_studio
from grader.workflow.release import release


@pytest.fixture
def folder(toy_course: Course, tmp_path: Path) -> Path:
    release(toy_course, ["toy"], tmp_path)
    return tmp_path / "toy"


def test_the_topic_is_the_releases_own(folder: Path) -> None:
    """A student's own tests beside it do not hide it, not even with a module of theirs."""
    (folder / "test_mine.py").write_text("def test_mine(): pass\n")
    (folder / "mine.py").write_text("x = 1\n")
    assert open_studio(folder, None).topic == "toy"


def test_a_topic_may_be_named_from_the_folder_above(folder: Path) -> None:
    """Another one than the folder's is an error that says what is there."""
    assert open_studio(folder.parent, None, "toy").folder == folder
    assert open_studio(folder, None, "toy").folder == folder
    with pytest.raises(CourseError, match="is a release of toy, not of rnn"):
        open_studio(folder, None, "rnn")


def test_without_the_starters_file_several_tests_are_a_question(folder: Path) -> None:
    """Naming the topic answers it."""
    (folder / "starter.json").unlink()
    (folder / "test_mine.py").write_text("def test_mine(): pass\n")
    with pytest.raises(CourseError, match="has tests of mine, toy: name the topic"):
        open_studio(folder, None)
    (folder / "toy.ipynb").unlink()
    assert open_studio(folder, None, "toy").topic == "toy"


def test_saving_a_notebook_alone_does_not_change_it(folder: Path) -> None:
    """Jupyter writes outputs and counts as soon as one looks; the module that was written into counts."""
    book = json.loads((folder / "toy.ipynb").read_text(encoding="utf-8"))
    book["metadata"]["seen"] = True
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 3
    (folder / "toy.ipynb").write_text(json.dumps(book), encoding="utf-8")
    module = folder / "toy.py"
    module.write_text(module.read_text(encoding="utf-8").replace('raise NotImplementedError("double is yours to write")', "return x"))
    assert open_studio(folder, None).module == module
    book["cells"].append({"cell_type": "code", "id": "z", "metadata": {}, "outputs": [], "source": "def mine():\n    pass"})
    (folder / "toy.ipynb").write_text(json.dumps(book), encoding="utf-8")
    with pytest.raises(SubmissionError, match="--submission"):
        open_studio(folder, None)


def test_what_the_starters_own_cells_leave_out_is_no_news(folder: Path) -> None:
    """The cell that runs the checks is in every notebook."""
    shutil.copy(folder / "toy.ipynb", folder / "mine.ipynb")
    assert open_studio(folder, folder / "toy.ipynb").left_out == ()
    assert any("grader check" in line for line in open_studio(folder, folder / "toy.ipynb").submission.left_out)
