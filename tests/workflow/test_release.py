"""A release holds what students need and no line of what is hidden from them."""

import json
import shutil
import textwrap
import tomllib
import zipfile

import pytest

from grader.course import load_course
from grader.errors import CourseError
from grader.wheel import wheel
from grader.workflow.build import build
from grader.workflow.release import release

FILES = {
    "assignments/course.toml": """
        name = "Course"
        [[unit]]
        id = "U1"
        title = "One"
        topics = ["dots", "plain"]
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

        [figure]
        alt = "Dots."
    """,
    "assignments/dots/handout.md": "# Dots\n\nMultiply.\n\n## Multiply: `dot`\n\nSum the products.\n",
    "assignments/dots/quiz.toml": """
        [[question]]
        id = "sum"
        text = "What is the sum?"
        points = 10
        [question.options]
        a = "One"
        b = "Two"
        c = "Three"
    """,
    "assignments/dots/figure.py": "def figure(path):\n    path.write_text('picture')\n",
    "assignments/dots/test_dots.py": '''
        """Public tests."""
        from grader.plugin import task
        def shared_probe_of_both(student): return student.dot([1], [2])
        @task("dot")
        class TestDot:
            def test_dot(self, student):
                """Two numbers."""
                assert student.dot([2], [3]) == 6
    ''',
    "solutions/dots/dots.py": '''
        """Dots."""

        import math

        EPS = 1e-5


        def _pairs(a, b):
            """Line them up, so that each meets its own."""
            return list(zip(a, b, strict=True))


        def dot(a, b):
            """Multiply."""
            products = [x * y for x, y in _pairs(a, b)]  # this comment alone is no secret
            out = sum(products)
            return out


        def norm(a):
            """Return the length."""
            return math.sqrt(dot(a, a)) + EPS
    ''',
    "solutions/dots/test_dots_hidden.py": '''
        """Hidden tests."""
        from grader.plugin import task
        def shared_probe_of_both(student): return student.dot([1], [2])
        def test_norm(student, reference):
            """Against the reference."""
            assert student.norm([3, 4]) == reference.norm([3, 4])
    ''',
    "solutions/dots/quiz_answers.toml": '[sum]\nright = ["a", "c"]\nexplanation = "One of them is even. The others are not at all."\n',
    "solutions/dots/submissions/wrong/adds.py": '''
        """The products are added where they should be multiplied."""
        LOSES = {"dot.correctness": "public::TestDot::test_dot"}
        def dot(a, b):
            """Multiply."""
            return sum(x + y for x, y in zip(a, b))
    ''',
    "assignments/plain/assignment.toml": """
        title = { en = "Plain", zh = "平" }

        [[task]]
        entry = "f"
        points = { correctness = 15, gradient = 15, property = 15 }
        [task.covers]
        "F" = "test_f"

        [[task]]
        entry = "g"
        points = { correctness = 15, gradient = 15, property = 15 }
        [task.covers]
        "G" = "test_g"

        [integration]
        points = 10
        [integration.covers]
        "Both" = "test_both"
    """,
    "assignments/plain/handout.md": "# Plain\n",
    "assignments/plain/test_plain.py": "def test_f(): pass\n",
    "solutions/plain/plain.py": "def f():\n    return 1\n\n\ndef g():\n    return 2\n",
    "solutions/plain/test_plain_hidden.py": "def test_g(): pass\n",
}


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A repository whose starters are built. To be copied, not written."""
    root = tmp_path_factory.mktemp("built")
    for name, text in FILES.items():
        write(root, name, text)
    build(load_course(root), ["dots", "plain"])
    return root


@pytest.fixture
def course(built, tmp_path):
    shutil.copytree(built, tmp_path / "repository")
    return load_course(tmp_path / "repository")


RELEASED = sorted(
    [
        *(
            "README.md",
            "answers.toml",
            "assignment.toml",
            "dots.ipynb",
            "dots.py",
            "figure.py",
            "fingerprints.json",
            "handout.md",
            "quiz.toml",
        ),
        *("requirements.txt", "starter.json", "test_dots.py", wheel()[0]),
    ]
)


def test_a_release_is_the_files_of_the_list(course, tmp_path):
    """The folder holds starter, handout, tests, quiz, empty answers and a README, and nothing else."""
    write(course.root, "assignments/dots/notes.md", "My own notes.")
    (report,) = release(course, ["dots"], tmp_path / "out")
    folder = tmp_path / "out" / "dots"
    assert report.path == folder
    assert sorted(path.name for path in folder.iterdir()) == RELEASED == list(report.files)
    assert (folder / "dots.py").read_bytes() == (course.starter_dir("dots") / "dots.py").read_bytes()
    assert tomllib.loads((folder / "answers.toml").read_text()) == {"sum": []}
    assert "# What is the sum?\n#   a: One\n" in (folder / "answers.toml").read_text()
    readme = (folder / "README.md").read_text()
    assert readme.startswith("# Dots (点)\n")
    assert "Hand in that file, or `dots.py` and `answers.toml`, or `dots.ipynb`." in readme
    for system in ("Linux, macOS", "Windows (PowerShell)", "Windows (cmd)"):
        assert system in readme
    assert f"./{wheel()[0]}\n" in (folder / "requirements.txt").read_text()
    assert (folder / wheel()[0]).read_bytes() == wheel()[1]
    starter = json.loads((folder / "starter.json").read_text(encoding="utf-8"))
    assert starter == {name: (folder / name).read_text(encoding="utf-8") for name in ("dots.py", "dots.ipynb")}


def test_a_topic_without_quiz_and_figure_has_neither(course, tmp_path):
    """What the assignment does not have is not in the release, and the README does not speak of it."""
    (report,) = release(course, ["plain"], tmp_path / "out")
    assert not {"answers.toml", "quiz.toml", "figure.py"} & set(report.files)
    readme = (tmp_path / "out" / "plain" / "README.md").read_text()
    assert "answers" not in readme
    assert "figure" not in readme


def test_files_for_ci_are_added_and_taken_away(course, tmp_path):
    """With `ci` the folder runs its checks at every push; released without it again, nothing of them is left."""
    release(course, ["dots"], tmp_path, ci=True)
    assert "grader check" in (tmp_path / "dots" / ".github" / "workflows" / "check.yml").read_text()
    assert "grader check" in (tmp_path / "dots" / ".gitlab-ci.yml").read_text()
    release(course, ["dots"], tmp_path)
    assert sorted(path.name for path in (tmp_path / "dots").iterdir()) == RELEASED


def test_the_wheel_of_an_earlier_version_goes(course, tmp_path):
    """Two wheels side by side would leave it to chance which one is installed."""
    release(course, ["dots"], tmp_path)
    old = tmp_path / "dots" / "ml_course_grader-0.0.9-py3-none-any.whl"
    old.write_bytes(b"old")
    release(course, ["dots"], tmp_path)
    assert not old.exists()


def test_stale_fingerprints_are_not_released(course, tmp_path):
    """A changed catalogue would let a student's machine name the wrong mistake."""
    path = course.root / "solutions/dots/submissions/wrong/adds.py"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(CourseError, match=r"fingerprints\.json is not what .* grader build dots"):
        release(course, ["dots"], tmp_path / "out")


def test_an_archive_is_the_same_bytes_each_time(course, tmp_path):
    """Two archives of the same topics are equal, and hold the folders."""
    release(course, ["dots", "plain"], tmp_path / "one.zip")
    release(course, ["plain", "dots"], tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        names = archive.namelist()
        assert [name.removeprefix("dots/") for name in names if name.startswith("dots/")] == RELEASED
        assert {"plain/plain.py", f"plain/{wheel()[0]}"} <= set(names)
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


def test_a_release_can_be_repeated(course, tmp_path):
    """An earlier release is replaced, and files that the new one does not have are removed."""
    release(course, ["dots"], tmp_path)
    release(course, ["dots"], tmp_path / "all.zip")
    path = course.root / "assignments/dots/assignment.toml"
    path.write_text(path.read_text().replace('[figure]\nalt = "Dots."\n', ""))
    (course.root / "assignments/dots/figure.py").unlink()
    build(course, ["dots"])
    release(course, ["dots"], tmp_path)
    release(course, ["dots"], tmp_path / "all.zip")
    assert sorted(path.name for path in (tmp_path / "dots").iterdir()) == [name for name in RELEASED if name != "figure.py"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("dots/essay.txt", "it holds essay.txt"), ("dots/README.md", r"it has no assignment\.toml"), ("dots", "it is no folder")],
)
def test_what_is_no_release_is_not_overwritten(course, tmp_path, name, message):
    """A folder with anything else in it is refused, and nothing is written for the other topics either."""
    write(tmp_path / "out", name, "Mine.")
    with pytest.raises(CourseError, match=message):
        release(course, ["plain", "dots"], tmp_path / "out")
    assert not (tmp_path / "out" / "plain").exists()


def test_the_repository_is_not_overwritten(course):
    """Releasing into the repository's own trees is refused."""
    for tree in ("assignments", "solutions", "starter"):
        with pytest.raises(CourseError, match="not an earlier release"):
            release(course, ["dots"], course.root / tree)


def test_a_foreign_archive_is_not_overwritten(course, tmp_path):
    """A file that is no archive, or an archive of something else, is refused."""
    path = tmp_path / "mine.zip"
    path.write_text("Mine.")
    with pytest.raises(CourseError, match="no archive"):
        release(course, ["dots"], path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dots/essay.txt", "Mine.")
    with pytest.raises(CourseError, match=r"holds dots/essay\.txt"):
        release(course, ["dots"], path)


def test_a_stale_starter_is_not_released(course, tmp_path):
    """A starter that is not what the reference generates stops the release."""
    path = course.starter_dir("dots") / "dots.py"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(CourseError, match="grader build dots"):
        release(course, ["dots"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


LEAKS = {
    "body in the handout": ("handout.md", "\nTry `out =   sum(products)`!\n", r"dots/handout\.md:9 holds solutions/dots/dots\.py:16"),
    "helper in the figure": (
        "figure.py",
        "    list(zip(a, b, strict = True))\n    return list(zip(a, b, strict=True))\n",
        r"figure\.py:4 .*dots\.py:10",
    ),
    "helper's docstring": ("handout.md", "Line them up, so that each meets its own.", r"dots\.py:9"),
    "body in the tests": (
        "test_dots.py",
        "EXPECTED = lambda a: [\n    math.sqrt(dot(a, a)) + EPS\n]\ndef f(a): return math.sqrt(dot(a, a)) + EPS",
        r"dots\.py:22",
    ),
    "catalogue": ("test_dots.py", "def wrong(a, b):\n    return sum(x + y for x, y in zip(a, b))\n", r"submissions/wrong/adds\.py:5"),
    "hidden test": ("handout.md", "    assert student.norm([3, 4]) == reference.norm([3, 4])\n", r"test_dots_hidden\.py:6"),
    "explanation": ("handout.md", "(The others are\u00a0not at all.)", r"quiz_answers\.toml \[sum\]"),
    "right options": ("quiz.toml", '# right = ["a","c"]\n', r"quiz_answers\.toml \[sum\]"),
}


@pytest.mark.parametrize(("name", "text", "message"), LEAKS.values(), ids=LEAKS.keys())
def test_hidden_lines_stop_a_release(course, tmp_path, name, text, message):
    """A line of a body, a helper, a hidden test, the catalogue or the quiz's key in a file that goes out is named with both places."""
    path = course.assignment_dir("dots") / name
    path.write_text(path.read_text() + text)
    build(course, ["dots"])
    with pytest.raises(CourseError, match=message):
        release(course, ["dots"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_notebook_is_searched_cell_by_cell(course, tmp_path):
    """A hidden line of the handout is found in the notebook's cell as well, although JSON writes it otherwise."""
    path = course.assignment_dir("dots") / "handout.md"
    path.write_text(path.read_text() + '\n## More\n\n`assert student.norm([3, 4]) == reference.norm([3, 4])  # "quoted"`\n')
    build(course, ["dots"])
    with pytest.raises(CourseError, match=r"dots/dots\.ipynb cell \d+, line 3 holds solutions/dots/test_dots_hidden\.py:6"):
        release(course, ["dots"], tmp_path / "out")


@pytest.mark.parametrize(
    "text",
    [
        "return out",
        "def dot(a, b):",
        '"""Return the length."""',
        "import math\n",
        "EPS = 1e-5\n",
        "this comment alone is no secret",
        "The products are added where they should be multiplied.",
        "def shared_probe_of_both(student): return student.dot([1], [2])",
        "products = ",
    ],
)
def test_what_may_ship_is_no_leak(course, tmp_path, text):
    """Signatures, docstrings of tasks, given definitions, imports, comments, short lines and what both tests share may be anywhere."""
    path = course.assignment_dir("dots") / "handout.md"
    path.write_text(f"{path.read_text()}\n{text}\n")
    build(course, ["dots"])
    assert release(course, ["dots"], tmp_path / "out")


def test_every_leak_is_named(course, tmp_path):
    """Two leaks are two faults."""
    path = course.assignment_dir("dots") / "figure.py"
    path.write_text(path.read_text() + "    out = sum(products)\n    return math.sqrt(dot(a, a)) + EPS\n")
    with pytest.raises(CourseError) as caught:
        release(course, ["dots"], tmp_path / "out")
    assert len(caught.value.faults) == 2


def test_missing_files_are_named(course, tmp_path):
    """A file of the list that the assignment lacks is a `CourseError`."""
    (course.assignment_dir("dots") / "figure.py").unlink()
    with pytest.raises(CourseError, match=r"figure\.py cannot be read"):
        release(course, ["dots"], tmp_path / "out")


def test_the_notebook_of_a_release_is_the_starters(course, tmp_path):
    """The notebook goes out as it was built, quiz and all."""
    release(course, ["dots"], tmp_path)
    cells = json.loads((tmp_path / "dots" / "dots.ipynb").read_text())["cells"]
    assert any("QUIZ_ANSWERS" in "".join(cell["source"]) for cell in cells)
