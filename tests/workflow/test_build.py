"""Starters are written from the references, and what is stale is found."""

import json
import textwrap

import pytest

from grader.course import load_course
from grader.errors import CourseError
from grader.workflow.build import FileState, build

FILES = {
    "assignments/course.toml": """
        name = "Course"
        [[unit]]
        id = "U1"
        title = "One"
        topics = ["dots", "later"]
    """,
    "assignments/dots/assignment.toml": """
        title = { en = "Dots", zh = "点" }
        given = ["EPS"]

        [[task]]
        entry = "dot"
        points = { correctness = 15, gradient = 15, property = 15 }
        [task.covers]
        "Dots" = "test_dot"

        [[task]]
        entry = "norm"
        points = { correctness = 15, gradient = 15, property = 15 }
        [task.covers]
        "Norms" = "test_norm"

        [quiz]
        points = 10
    """,
    "assignments/dots/handout.md": "# Dots\\n\\nMultiply.\\n\\n## Multiply: `dot`\\n\\nSum the products.\\n",
    "assignments/dots/quiz.toml": """
        [[question]]
        id = "sum"
        text = "What is the sum?"
        points = 10
        [question.options]
        a = "One"
        b = "Two"
    """,
    "solutions/dots/dots.py": '''
        """Dots."""

        import math

        EPS = 1e-5


        def dot(a, b):
            """Multiply."""
            products = [x * y for x, y in zip(a, b)]
            return sum(products)


        def norm(a):
            """Return the length."""
            return math.sqrt(dot(a, a)) + EPS
    ''',
}


@pytest.fixture
def course(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip().replace("\\n", "\n"), encoding="utf-8")
    return load_course(tmp_path)


def states(reports):
    return {file.path.name: file.state for report in reports for file in report.files}


def test_starter_is_written_from_the_reference(course):
    """Module and notebook are made, with nothing of a body in them."""
    reports = build(course, ["dots"])
    assert states(reports) == {"dots.py": FileState.WRITTEN, "dots.ipynb": FileState.WRITTEN, "fingerprints.json": FileState.WRITTEN}
    module = (course.starter_dir("dots") / "dots.py").read_text()
    notebook = (course.starter_dir("dots") / "dots.ipynb").read_text()
    assert "dot is yours to write" in module
    assert "EPS = 1e-5" in module
    assert "What is the sum?" in notebook
    assert not any(word in text for word in ("products", "sqrt") for text in (module, notebook.split('"outputs"')[0]))
    assert json.loads(notebook)["nbformat"] == 4


def test_a_second_build_changes_nothing(course):
    """What is up to date is not written again."""
    build(course, ["dots"])
    path = course.starter_dir("dots") / "dots.py"
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert set(states(build(course, ["dots"])).values()) == {FileState.UNCHANGED}
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_check_reports_what_is_stale_and_writes_nothing(course):
    """A starter that was edited by hand is stale, with the difference shown; so is one that is not there."""
    (missing,) = build(course, ["dots"], check=True)
    assert missing.is_stale
    assert not course.starter_dir("dots").exists()
    build(course, ["dots"])
    path = course.starter_dir("dots") / "dots.py"
    path.write_text(path.read_text().replace("Multiply", "Add"))
    (report,) = build(course, ["dots"], check=True)
    assert states([report]) == {"dots.py": FileState.STALE, "dots.ipynb": FileState.UNCHANGED, "fingerprints.json": FileState.UNCHANGED}
    difference = next(file.difference for file in report.files if file.state is FileState.STALE)
    assert '-    """Add."""' in difference.splitlines()
    assert '+    """Multiply."""' in difference.splitlines()
    assert len(difference.splitlines()) <= 21
    assert "Add" in path.read_text()
    assert not build(course, [], check=True)


def test_nothing_is_written_unless_every_starter_can_be_made(course):
    """A reference that lacks a task is the author's fault, named, and the starter of before stays."""
    build(course, ["dots"])
    before = (course.starter_dir("dots") / "dots.py").read_text()
    path = course.solution_dir("dots") / "dots.py"
    path.write_text(path.read_text().replace("def norm", "def length"))
    with pytest.raises(CourseError, match="norm"):
        build(course, ["dots"])
    path.write_text("def dot(:\n")
    with pytest.raises(CourseError, match=r"dots\.py does not parse: .* at line 1"):
        build(course, ["dots"])
    assert (course.starter_dir("dots") / "dots.py").read_text() == before


@pytest.mark.parametrize(("topic", "message"), [("dost", "did you mean 'dots'"), ("later", "not written yet")])
def test_unknown_topics_are_refused(course, topic, message):
    """A topic that is not there is a `CourseError` that helps."""
    with pytest.raises(CourseError, match=message):
        build(course, [topic])


def test_a_missing_handout_is_named(course):
    """A file that every topic has is named when it is absent or no text."""
    path = course.assignment_dir("dots") / "handout.md"
    path.write_bytes(b"\xff")
    with pytest.raises(CourseError, match=r"handout\.md is not UTF-8"):
        build(course, ["dots"])
    path.unlink()
    with pytest.raises(CourseError, match=r"handout\.md cannot be read"):
        build(course, ["dots"])
