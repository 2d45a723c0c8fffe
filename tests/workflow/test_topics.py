"""Claims about the list of topics."""

from pathlib import Path

import pytest

from grader.course import Course, load_course
from grader.reports import Stage
from grader.workflow.topics import topics

TASK = '[[task]]\nentry = "f{}"\npoints = {{ correctness = 15 }}\n'
GOOD = 'title = { en = "Attention", zh = "T" }\n' + "".join(TASK.format(i) for i in range(6)) + "[integration]\npoints = 10\n"
FILES = (
    "assignments/attention/handout.md", "assignments/attention/test_attention.py", "solutions/attention/attention.py",
    "solutions/attention/test_attention_hidden.py", "starter/attention/attention.py",
    "starter/attention/attention.ipynb", "starter/attention/fingerprints.json",
)  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "assignments" / "attention").mkdir(parents=True)
    (tmp_path / "assignments" / "course.toml").write_text(
        'name = "C"\n[[unit]]\nid = "U1"\ntitle = "U"\ntopics = ["attention"]\n[[unit]]\nid = "U2"\ntitle = "V"\ntopics = ["rnn"]\n'
    )
    return load_course(tmp_path)


def write(course: Course, toml: str, files: tuple[str, ...] = ()) -> None:
    (course.assignment_dir("attention") / "assignment.toml").write_text(toml)
    for name in files:
        (course.root / name).parent.mkdir(parents=True, exist_ok=True)
        (course.root / name).write_text("")


def test_a_topic_without_a_file_is_planned(course: Course) -> None:
    """Every topic of the course is listed in order, with its unit, written or not."""
    assert [(line.topic, line.unit, line.stage) for line in topics(course)] == [
        ("attention", "U1", Stage.PLANNED), ("rnn", "U2", Stage.PLANNED),
    ]  # fmt: skip


def test_a_topic_with_faults_is_a_draft(course: Course) -> None:
    """The faults of its file are said; the other topics are listed all the same."""
    write(course, GOOD.replace("points = 10", "points = 9"), FILES)
    line = topics(course)[0]
    assert (line.stage, line.title, line.points) == (Stage.DRAFT, None, None)
    assert line.faults == (
        "attention/assignment.toml: points: the parts of all tasks, integration, quiz and written sum to 99, expected 100",
    )


@pytest.mark.parametrize("missing", FILES)
def test_a_topic_without_all_its_files_is_a_draft(course: Course, missing: str) -> None:
    """What is missing is named by its path in the repository."""
    write(course, GOOD, tuple(name for name in FILES if name != missing))
    line = topics(course)[0]
    assert (line.stage, line.title, line.points) == (Stage.DRAFT, "Attention", 100)
    assert line.faults == (f"{missing} is missing",)


def test_a_whole_topic_is_ready(course: Course) -> None:
    """A topic with all its files is ready; a figure or a quiz asks for its own."""
    write(course, GOOD, FILES)
    assert topics(course)[0].stage == Stage.READY
    write(course, GOOD + '[figure]\nalt = "A map."\n')
    assert topics(course)[0].faults == ("assignments/attention/figure.py is missing",)
