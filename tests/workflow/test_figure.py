"""Claims about drawing on a student's own machine."""

import json
from pathlib import Path

import pytest

from grader.course import Course
from grader.errors import SubmissionError
from grader.workflow.figure import figure
from grader.workflow.release import release

STUB = 'raise NotImplementedError("double is yours to write")'


@pytest.fixture
def folder(toy_course: Course, tmp_path: Path) -> Path:
    release(toy_course, ["toy"], tmp_path)
    return tmp_path / "toy"


def test_what_cannot_be_drawn_is_told_as_a_check_tells_it(folder: Path) -> None:
    """The starter, and code that raises: a sentence with the line, and no picture."""
    with pytest.raises(SubmissionError, match="This is not written yet"):
        figure(folder, "toy", None, folder / "figure.png")
    path = folder / "toy.py"
    path.write_text(path.read_text(encoding="utf-8").replace(STUB, 'raise ValueError("no")'), encoding="utf-8")
    with pytest.raises(SubmissionError, match=r"Your code raised ValueError at line \d+"):
        figure(folder, "toy", None, folder / "figure.png")
    assert not (folder / "figure.png").exists()


def test_the_notebook_is_drawn_with_where_it_was_changed(folder: Path) -> None:
    """As it counts everywhere else."""
    book = json.loads((folder / "toy.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"]).replace(STUB, "return 2 * x")
    (folder / "toy.ipynb").write_text(json.dumps(book), encoding="utf-8")
    figure(folder, "toy", None, folder / "figure.png")
    assert (folder / "figure.png").stat().st_size > 1000


def test_what_is_drawn_at_random_is_drawn_alike_twice(folder: Path) -> None:
    """With the seed that the grader draws with, so that a page of feedback shows the picture that its student saw."""
    path = folder / "toy.py"
    path.write_text(path.read_text(encoding="utf-8").replace(STUB, "return x + torch.rand(len(x))"), encoding="utf-8")
    for name in ("one.png", "other.png"):
        figure(folder, "toy", None, folder / name)
    assert (folder / "one.png").read_bytes() == (folder / "other.png").read_bytes()
