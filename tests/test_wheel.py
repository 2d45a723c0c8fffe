"""Claims about the wheel that students install."""

import io
import zipfile
from importlib.metadata import version

from grader.wheel import pinned, wheel


def test_the_wheel_is_the_package_and_nothing_else() -> None:
    """Every module and template of `grader` is in it; nothing of assignments, solutions, starter or tests is."""
    name, data = wheel()
    assert name == f"ml_course_grader-{version('ml-course-grader')}-py3-none-any.whl"
    members = zipfile.ZipFile(io.BytesIO(data)).namelist()
    roots = {member.split("/")[0] for member in members}
    assert roots == {"grader", name.removesuffix("-py3-none-any.whl") + ".dist-info"}
    assert "grader/plugin.py" in members
    assert "grader/cli/student.py" in members
    assert "grader/templates/letter.html" in members
    assert not [member for member in members if "test" in member or "solution" in member]


def test_the_wheel_brings_the_command_and_the_plugin() -> None:
    """`grader` and the pytest plugin are entry points; nbgrader is not among what every student installs."""
    archive = zipfile.ZipFile(io.BytesIO(wheel()[1]))
    [points] = [member for member in archive.namelist() if member.endswith("entry_points.txt")]
    told = archive.read(points).decode()
    assert "grader = grader.cli.main:main" in told
    assert "[pytest11]\ngrader = grader.plugin" in told
    metadata = archive.read(points.replace("entry_points.txt", "METADATA")).decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert any("torch" in line for line in required)
    assert not any("nbgrader" in line for line in required)


def test_the_same_source_gives_the_same_bytes(monkeypatch) -> None:
    """Whatever the environment says of the date."""
    before = wheel()
    wheel.cache_clear()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert wheel() == before


def test_a_pin_is_of_the_release_and_not_of_its_build() -> None:
    """`2.13.0+cpu` is asked for as 2.13.0, which every index has."""
    assert pinned("torch") == f"torch=={version('torch').split('+')[0]}"
