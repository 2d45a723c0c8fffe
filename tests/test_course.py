"""Claims about `course.toml` and its loader."""

from pathlib import Path

import pytest

from grader.course import Cuda, load_course
from grader.errors import CourseError

GOOD = """
name = "Course"
cuda = "drop"
[limits]
cpu_s = 3
[[unit]]
id = "U1"
title = "First"
topics = ["regression", "backprop"]
[[unit]]
id = "U2"
title = "Second"
topics = ["self_attention"]
"""
REPOSITORY = Path(__file__).parent.parent


def write(root: Path, toml: str = GOOD) -> Path:
    (root / "assignments").mkdir(parents=True)
    (root / "assignments" / "course.toml").write_text(toml)
    return root


def test_the_course_is_found_from_below(tmp_path: Path) -> None:
    """A course loads from any folder of its repository, with its units in order."""
    below = write(tmp_path) / "assignments" / "regression"
    below.mkdir()
    course = load_course(below)
    assert course.root == tmp_path.resolve()
    assert course.topics == ("regression", "backprop", "self_attention")
    assert course.cuda is Cuda.DROP
    assert course.limits.cpu_s == 3
    assert course.limits.memory_mib == 1024


def test_folders_of_a_topic(tmp_path: Path) -> None:
    """Assignment, solution and starter lie side by side under the root."""
    course = load_course(write(tmp_path))
    root = tmp_path.resolve()
    assert course.assignment_dir("x") == root / "assignments" / "x"
    assert course.solution_dir("x") == root / "solutions" / "x"
    assert course.starter_dir("x") == root / "starter" / "x"


def test_no_course_says_where_to_go(tmp_path: Path) -> None:
    """Outside a repository the error says what was looked for and what to do."""
    with pytest.raises(CourseError, match=r"no assignments/course\.toml in .* or above it\. Run this inside"):
        load_course(tmp_path)


def test_a_misspelt_topic_is_told_the_right_one(tmp_path: Path) -> None:
    """The nearest topic is offered; a listed one without a folder is told apart."""
    course = load_course(write(tmp_path))
    with pytest.raises(CourseError, match=r"^There is no topic 'self_atention'; did you mean 'self_attention'\?$"):
        course.check_topic("self_atention")
    with pytest.raises(CourseError, match=r"^There is no topic 'zzz'; `grader topics` lists them all\.$"):
        course.check_topic("zzz")
    with pytest.raises(CourseError, match=r"^The topic 'backprop' is not written yet: .*backprop does not exist\.$"):
        course.check_topic("backprop")
    course.assignment_dir("backprop").mkdir()
    course.check_topic("backprop")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"drop"', '"maybe"', "cuda: found \"maybe\", expected 'grade' or 'drop'"),
        ("cpu_s = 3", "cpu_ms = 3", "limits.cpu_ms: no such key; did you mean 'cpu_s'? Allowed: cpu_s, wall_s"),
        ("cpu_s = 3", "memory_mib = 512", "limits.memory_mib: found 512, expected at least 768"),
        ('"self_attention"', '"backprop"', "unit: 'backprop' is listed 2 times"),
        ('"self_attention"', '"../secret"', "unit: '../secret' is no topic name"),
        ('"U2"', '"U1"', "unit: 'U1' occurs 2 times"),
        ('title = "Second"', "", "unit 2 (U2).title: is missing"),
        ('name = "Course"', 'name = "Course"\nroot = "/"', "root: this key is not set in a file"),
    ],
)
def test_each_rule_is_kept(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Breaking one rule is named with its key path."""
    assert old in GOOD
    with pytest.raises(CourseError) as caught:
        load_course(write(tmp_path, GOOD.replace(old, new)))
    assert any(fault in line for line in caught.value.faults), caught.value


def test_the_course_of_this_repository_is_whole() -> None:
    """The course has 10 units and 48 topics, from the first line to MuZero, and every prerequisite comes first."""
    course = load_course(REPOSITORY)
    assert [unit.id for unit in course.units] == [f"U{number}" for number in range(1, 11)]
    assert len(course.topics) == 48
    assert course.topics[0] == "intro_ml"
    assert course.topics[21] == "self_attention"
    assert course.topics[-1] == "muzero"


DATES = """
timezone = "Asia/Taipei"
attempts = "best"
[due]
regression = 2026-11-29T23:59:00
backprop = 2026-11-29T23:59:00Z
[late]
grace_minutes = 15
rate_percent = 10
per = "hour"
cap_percent = 50
"""


def test_due_dates_are_in_the_zone_of_the_course(tmp_path: Path) -> None:
    """A date without a zone is the course's, one with its own is shown in the course's; a topic without one is never due."""
    course = load_course(
        write(tmp_path, GOOD.replace('cuda = "drop"', DATES.partition("[due]")[0]) + "[due]" + DATES.partition("[due]")[2])
    )
    assert course.due_of("regression").isoformat() == "2026-11-29T23:59:00+08:00"
    assert course.due_of("backprop").isoformat() == "2026-11-30T07:59:00+08:00"
    assert course.due_of("self_attention") is None
    assert (course.attempts, course.late.rate_percent, course.late.per) == ("best", 10, "hour")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Asia/Taipei", "Asia/Taipeh", "timezone: found 'Asia/Taipeh'"),
        ("Asia/Taipei", "../etc", "timezone: found '../etc'"),
        ('"best"', '"first"', "attempts: found \"first\", expected 'last', 'best' or 'chosen'"),
        ("regression = 2026", "regresion = 2026", "due: there is no topic 'regresion'; did you mean 'regression'?"),
        ("2026-11-29T23:59:00\n", "2026-11-29\n", "due.regression: found"),
        ("rate_percent = 10", "rate_percent = 110", "late.rate_percent: found 110, expected 0 to 100"),
        ('"hour"', '"week"', "late.per: found"),
        ("cap_percent", "cup_percent", "late.cup_percent: no such key; did you mean 'cap_percent'?"),
    ],
)
def test_faulty_dates_and_policies_are_told(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Each with its key, what was found and what was expected."""
    toml = GOOD.replace('cuda = "drop"', DATES.partition("[due]")[0]) + "[due]" + DATES.partition("[due]")[2]
    assert old in toml
    with pytest.raises(CourseError) as caught:
        load_course(write(tmp_path, toml.replace(old, new)))
    assert fault in "\n".join(caught.value.faults)
