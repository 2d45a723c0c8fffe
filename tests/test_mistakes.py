"""Claims about taking the fingerprints of a catalogue."""

from pathlib import Path

import pytest

from grader.course import Course
from grader.digests import mistakes_digest
from grader.errors import CourseError
from grader.fingerprints import FILE, read
from grader.mistakes import fingerprints_file
from grader.workflow.build import FileState, build


def test_each_mistake_that_a_public_test_sees_has_a_fingerprint(toy_course: Course) -> None:
    """By the tests that it fails, under its sentence; a mistake that only hidden tests see has none."""
    found = read((toy_course.starter_dir("toy") / FILE).read_bytes())
    sentences = {sentence for rows in found.values() for sentence, _ in rows}
    assert "It multiplies with three." in sentences
    assert all(test.startswith("public::") for test in found)


def test_no_name_and_no_code_of_the_catalogue_goes_out(toy_course: Course) -> None:
    """The file has the sentences that students may read, and no file name, no definition."""
    text = (toy_course.starter_dir("toy") / FILE).read_text()
    for path in (toy_course.solution_dir("toy") / "submissions" / "wrong").glob("*.py"):
        assert path.stem not in text
    assert "def " not in text
    assert "return" not in text


@pytest.mark.parametrize("changed", ["solutions/toy/submissions/wrong/triple.py", "solutions/toy/toy.py", "assignments/toy/test_toy.py"])
def test_a_change_of_what_they_were_taken_of_makes_them_stale(own_course: Course, changed: str) -> None:
    """The gate sees it without running anything; another change does not matter."""
    (own_course.root / "assignments" / "toy" / "handout.md").touch()
    before = mistakes_digest(own_course, "toy")
    path = own_course.root / changed
    path.write_text(path.read_text() + "\n")
    assert mistakes_digest(own_course, "toy") != before
    [report] = build(own_course, ["toy"], check=True)
    assert {file.path.name: file.state for file in report.files}[FILE] is FileState.STALE
    path.write_text(path.read_text()[:-1])
    assert not build(own_course, ["toy"], check=True)[0].is_stale


@pytest.mark.slow
def test_a_reference_that_fails_its_public_tests_is_told(own_course: Course) -> None:
    """Nothing is written, and the message has pytest's words."""
    path = Path(own_course.solution_dir("toy") / "toy.py")
    path.write_text(path.read_text().replace("return factor() * x", "return 3 * x"))
    with pytest.raises(CourseError, match="do not pass with the reference"):
        fingerprints_file(own_course, "toy")
