"""A new topic's skeleton loads, builds, and says what is not written yet."""

import re

import pytest

from grader.assignment import load_assignment
from grader.errors import CourseError
from grader.runner import JudgeProcess
from grader.sandbox.backend import choose
from grader.skeleton import UNWRITTEN, unwritten
from grader.submission import Submission
from grader.workflow.build import build
from grader.workflow.new import new
from grader.workflow.verify import verify

TOPIC = "unwritten"


@pytest.fixture
def course(own_course):
    """A course whose second topic has three items to cover, and no files."""
    path = own_course.root / "assignments" / "coverage.tsv"
    path.write_text(
        path.read_text() + f'A "quoted" item\t{TOPIC}\tcode\nAnother α\t{TOPIC}\tquiz\nA third\t{TOPIC}\tdemo\n', encoding="utf-8"
    )
    return own_course


def test_it_loads_and_builds_with_the_items_in_it(course):
    """Every item of coverage.tsv has its place, and the starter can be generated."""
    paths = new(course, TOPIC, "Quotes")
    assert all((course.root / path).is_file() for path in paths)
    assignment = load_assignment(course, TOPIC)
    assert {item for task in assignment.tasks for item in task.covers} == {'A "quoted" item'}
    assert assignment.figure.covers == ("A third",)
    assert assignment.title["en"] == "Quotes"
    assert not any(report.is_stale for report in build(course, [TOPIC], False))


def test_verify_says_what_is_not_written_and_nothing_else(course):
    """One sentence for each file that still has the mark; none of them is graded."""
    paths = new(course, TOPIC)
    build(course, [TOPIC])
    verification = verify(course, TOPIC)
    assert verification.faults
    assert all(UNWRITTEN in fault for fault in verification.faults)
    assert not verification.passed
    assert not verification.proofs
    told = {fault.split(" is ")[0] for fault in verification.faults}
    assert told == {path.as_posix() for path in paths if path.suffix != ".gitkeep" and not path.name.startswith(".")}


@pytest.mark.slow
def test_its_tests_run(course):
    """The skeleton's own reference earns all its tested parts: an author changes a thing that works."""
    new(course, TOPIC)
    build(course, [TOPIC])
    text = (course.solution_dir(TOPIC) / f"{TOPIC}.py").read_text()
    with JudgeProcess(course, TOPIC, choose()) as judge:
        result = judge.grade(Submission(topic=TOPIC, digest="sha256:0", module=text, answers={}, form="module"), b"k")
        broken = judge.grade(Submission(topic=TOPIC, digest="sha256:1", module=text.replace("+ b", "- b"), answers={}, form="module"), b"k")
    assert (result.earned, result.possible) == (90, 100)
    assert broken.earned == 0


def test_nothing_is_overwritten(course):
    """A topic that has any file is left alone, and so is a name that the course does not know."""
    with pytest.raises(CourseError, match="is there already"):
        new(course, "toy")
    with pytest.raises(CourseError, match="There is no topic"):
        new(course, "unwriten")
    (course.solution_dir(TOPIC)).mkdir()
    with pytest.raises(CourseError, match=re.escape("Nothing was written")):
        new(course, TOPIC)
    assert not course.assignment_dir(TOPIC).exists()


def test_the_mark_is_found_where_it_is(course):
    """A file without the mark is written; of one with it the first line is told."""
    from pathlib import Path

    assert unwritten({Path("a/b.md"): "fine\n"}) == []
    assert unwritten({Path("a/b.md"): f"fine\nthis is {UNWRITTEN}\nand this is {UNWRITTEN}\n"}) == [
        f"a/b.md is {UNWRITTEN}: line 2 and 1 more"
    ]
